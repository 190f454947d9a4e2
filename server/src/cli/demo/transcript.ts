/** What the demo prints: what was said and what became of it, one line each. The live picture is `cuehub watch`. */
import { ConnectionClosed, type WatchEvent } from '@cuehub/client';
import { isTerminal, type TaskFact } from '@cuehub/protocol';
import type { Colors, Output } from '../io.js';
import { clean } from '../watch/cells.js';
import { eventLine } from '../watch/event-line.js';
import { applyMessage, createModel, findTask, textOf, type WatchModel } from '../watch/watch-model.js';
import type { DemoHub } from './tasks.js';

/** Transitions that are worth a line; the monitor's reports are told only when they are said. */
const TOLD: ReadonlySet<string> = new Set([
  'task.queued',
  'task.deferred',
  'task.started',
  'task.paused',
  'task.resumed',
  'task.completed',
  'task.failed',
  'task.expired',
  'task.cancelled',
]);
const QUIET_TASK = 'monitor_report';

export interface Opening {
  readonly lane: string;
  readonly url: string;
  readonly wake: string;
  /** A person can type. */
  readonly typed: boolean;
}

export class Transcript {
  readonly #output: Output;
  readonly #colors: Colors;
  readonly #ended = new Set<string>();
  readonly #waiting = new Map<string, () => void>();
  /** By `TASK_ID/STREAM`, how many chunks a closed stream has. */
  readonly #closed = new Map<string, number>();
  /** Completed, and what they said is not printed yet. */
  readonly #unquoted = new Set<string>();

  constructor(output: Output, colors: Colors) {
    this.#output = output;
    this.#colors = colors;
  }

  begin({ lane, url, wake, typed }: Opening): void {
    const { bold, dim } = this.#colors;
    const lines = [`${bold('demo')} on lane ${lane} at ${url} ${dim('(see it live: cuehub watch, or the overlay)')}`];
    if (typed) {
      lines.push(
        dim(`  type a line to chat; "${wake}, what time is it?" interrupts; "! text" may not be interrupted;`),
      );
      lines.push(dim('  "$5 Ada: hello" is a donation; Ctrl-D or Ctrl-C ends'));
    }
    this.#output.write(`${lines.join('\n')}\n`);
  }

  /**
   * Resolves when the end of a task that is over stands here. What is watched comes on a socket of its own: whoever waited
   * for the task may know of its end before.
   */
  async told(task_id: string): Promise<void> {
    if (this.#ended.has(task_id)) return;
    await new Promise<void>((resolve) => this.#waiting.set(task_id, resolve));
  }

  /** Resolves when the watcher is closed. */
  async follow(watcher: DemoHub): Promise<void> {
    const model = createModel('');
    try {
      for await (const event of watcher.watch({ topics: ['task', 'text'] })) {
        const line = eventLine(event, (task_id) => findTask(model, task_id));
        applyMessage(model, event, Date.now());
        this.#noteStreams(event);
        if (line !== null && isTold(event)) {
          this.#output.write(
            `${this.#colors.dim(new Date(event.at).toTimeString().slice(0, 8))} ${this.#mark(event)} ${line.detail}\n`,
          );
        }
        this.#noteEnds(event);
        for (const task_id of this.#unquoted) this.#quote(model, task_id);
      }
    } catch (error) {
      if (!(error instanceof ConnectionClosed)) throw error;
    }
  }

  #noteStreams(event: WatchEvent): void {
    if (event.type === 'event' && event.event === 'stream.closed') {
      this.#closed.set(streamKey(event), event.next_seq ?? 0);
    } else if (event.type === 'gap') for (const gone of event.streams) this.#closed.delete(streamKey(gone));
  }

  #noteEnds(event: WatchEvent): void {
    if (event.type === 'snapshot') {
      // In the place of facts that did not come: whoever waits here waits for a task that is over.
      for (const task_id of [...this.#unquoted, ...this.#waiting.keys()]) this.#tell(task_id);
    } else if (event.type === 'event' && 'task' in event && isTerminal(event.task.state)) {
      if (event.event === 'task.completed') this.#unquoted.add(event.task.task_id);
      else this.#tell(event.task.task_id);
    }
  }

  /**
   * What was said, once all of it is here: where facts are told again after a lost connection, those of a task's end come
   * before the text that was missed.
   */
  #quote(model: WatchModel, task_id: string): void {
    for (const [key, next_seq] of this.#closed) {
      if (key.startsWith(`${task_id}/`) && (model.streams.get(key)?.next_seq ?? 0) < next_seq) return;
    }
    const said = clean(textOf(model, task_id)).trim();
    if (said !== '') this.#output.write(`           ${this.#colors.cyan(`“${said}”`)}\n`);
    this.#tell(task_id);
  }

  #tell(task_id: string): void {
    this.#ended.add(task_id);
    this.#unquoted.delete(task_id);
    for (const key of this.#closed.keys()) if (key.startsWith(`${task_id}/`)) this.#closed.delete(key);
    this.#waiting.get(task_id)?.();
    this.#waiting.delete(task_id);
  }

  #mark({ event }: TaskFact): string {
    const { green, yellow, red, dim } = this.#colors;
    const word = event.replace('task.', '').padEnd(9);
    if (event === 'task.completed' || event === 'task.resumed' || event === 'task.started') return green(word);
    if (event === 'task.paused' || event === 'task.deferred') return yellow(word);
    if (event === 'task.queued') return dim(word);
    return red(word);
  }
}

function streamKey({ task_id, stream }: { readonly task_id: string; readonly stream: string }): string {
  return `${task_id}/${stream}`;
}

function isTold(event: WatchEvent): event is TaskFact {
  if (event.type !== 'event' || !('task' in event) || !TOLD.has(event.event)) return false;
  return event.task.name !== QUIET_TASK || event.event === 'task.completed';
}
