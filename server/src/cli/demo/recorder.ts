/** Keeps everything that a lane told, and lets a scenario wait for something in it. */
import type { WatchEvent } from '@cuehub/client';
import type { ChunkMessage, EventMessage, TaskFact } from '@cuehub/protocol';
import { CliError } from '../cli-error.js';

/** More than a scenario ever tells; a lane that is so busy is no place for one. */
const EVENTS_MAX = 100_000;

interface Waiter {
  readonly find: (event: WatchEvent) => boolean;
  readonly resolve: (event: WatchEvent) => void;
}

export class Recorder {
  readonly events: WatchEvent[] = [];
  readonly #waiters = new Set<Waiter>();

  add(event: WatchEvent): void {
    if (this.events.length < EVENTS_MAX) this.events.push(event);
    for (const waiter of this.#waiters) {
      if (!waiter.find(event)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(event);
    }
  }

  /** The first event that fits, past ones included. Rejects when it does not come in time. */
  async until<E extends WatchEvent>(
    what: string,
    find: (event: WatchEvent) => event is E,
    timeout_ms: number,
  ): Promise<E> {
    const past = this.events.find(find);
    if (past !== undefined) return past;
    let timer: NodeJS.Timeout | undefined;
    let waiter: Waiter | undefined;
    try {
      return await new Promise<E>((resolve, reject) => {
        waiter = { find, resolve: (event) => resolve(event as E) };
        this.#waiters.add(waiter);
        timer = setTimeout(() => reject(new CliError(`${what} did not happen in ${timeout_ms / 1_000} s`)), timeout_ms);
      });
    } finally {
      clearTimeout(timer);
      if (waiter !== undefined) this.#waiters.delete(waiter);
    }
  }

  factsOf(task_ids: readonly string[]): TaskFact[] {
    return this.events.filter((event): event is TaskFact => isTaskFact(event) && task_ids.includes(event.task.task_id));
  }

  chunksOf(task_id: string): ChunkMessage[] {
    return this.events.filter((event): event is ChunkMessage => event.type === 'chunk' && event.task_id === task_id);
  }
}

export function isTaskFact(event: WatchEvent): event is TaskFact {
  return event.type === 'event' && 'task' in event;
}

export function isFactOf(task_id: string, name: EventMessage['event']) {
  return (event: WatchEvent): event is TaskFact =>
    isTaskFact(event) && event.event === name && event.task.task_id === task_id;
}

export function isChunkOf(task_id: string, seq: number) {
  return (event: WatchEvent): event is ChunkMessage =>
    event.type === 'chunk' && event.task_id === task_id && event.seq >= seq;
}
