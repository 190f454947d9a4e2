// What a watcher of a lane has before its eyes: the text of each task, the facts in order. Built from events alone,
// so that a lost or doubled chunk shows as wrong text.
import type { CueHub, WatchEvent } from '@cuehub/client';

export class Transcript {
  /** Chunks by task, by their number. */
  readonly chunks = new Map<string, string[]>();
  /** `task.started task-1` */
  readonly facts: string[] = [];
  readonly seqs: number[] = [];
  readonly gaps: string[] = [];
  private readonly waiting = new Set<() => void>();
  private readonly events: AsyncIterableIterator<WatchEvent, undefined>;

  constructor(hub: Pick<CueHub, 'watch'>, lane: string) {
    this.events = hub.watch({ lane, topics: ['task', 'text'] });
    void this.follow();
  }

  text(task_id: string): string {
    return (this.chunks.get(task_id) ?? []).join('');
  }

  /** Waits until what has been seen satisfies `holds`. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.waiting.add(resolve));
  }

  /** Waits for a fact about a task, for instance `task.completed`. */
  async fact(event: string, task_id: string): Promise<void> {
    await this.until(() => this.facts.includes(`${event} ${task_id}`));
  }

  async stop(): Promise<void> {
    await this.events.return?.();
  }

  private async follow(): Promise<void> {
    for await (const event of this.events) {
      this.take(event);
      for (const wake of [...this.waiting]) {
        this.waiting.delete(wake);
        wake();
      }
    }
  }

  private take(event: WatchEvent): void {
    switch (event.type) {
      case 'snapshot':
        for (const { task_id, text, next_seq } of event.streams) {
          // As one piece at the last of its numbers.
          const chunks: string[] = [];
          if (next_seq > 0) chunks[next_seq - 1] = text;
          this.chunks.set(task_id, chunks);
        }
        break;
      case 'chunk': {
        const chunks = this.chunks.get(event.task_id) ?? [];
        this.chunks.set(event.task_id, chunks);
        // A repeat would show as text twice.
        chunks[event.seq] = (chunks[event.seq] ?? '') + String(event.data);
        break;
      }
      case 'cut':
        this.chunks.get(event.task_id)?.splice(event.from_seq);
        break;
      case 'event':
        this.seqs.push(event.seq);
        this.facts.push(
          `${event.event} ${'task' in event ? event.task.task_id : 'task_id' in event ? event.task_id : ''}`,
        );
        break;
      case 'gap':
        this.gaps.push(event.reason);
        break;
      default:
    }
  }
}
