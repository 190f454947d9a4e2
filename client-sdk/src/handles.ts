// A producer's hold on one task: its id, its latest known state, its result.
import {
  type ChunkMessage,
  type ProgressMessage,
  type TaskState,
  type SnapshotMessage,
  type TaskView,
  type Topic,
  isTerminal,
} from '@cuehub/protocol';
import { CuehubError, TaskCancelled, TaskExpired, TaskFailed } from './errors.js';
import type { CutEvent, WatchEvent } from './lane-view.js';

/** What a handle needs of its client. */
export interface HandlePort {
  /** Resolves with the task when it is terminal and its end is in the journal. Survives lost connections. */
  wait(task_id: string, lane: string): Promise<TaskView>;
  get(task_id: string, lane: string): Promise<TaskView>;
  cancel(task_id: string, lane: string, reason: string | undefined): Promise<TaskView>;
  watch(lane: string, topic: Topic, listener: (event: WatchEvent) => void): () => void;
}

export interface HandleEvents {
  /** Each transition of the task. */
  state: TaskView;
  /** Each piece of its text, once. */
  text: ChunkMessage;
  /** Its text starts anew from a chunk: another attempt. */
  cut: CutEvent;
  progress: ProgressMessage;
}

const HANDLE_TOPICS = { state: 'task', text: 'text', cut: 'text', progress: 'state' } as const;
/** The messages that are passed on as they are. */
const KINDS = { state: undefined, text: 'chunk', cut: 'cut', progress: 'progress' } as const;

export class TaskHandle<Result = unknown> {
  readonly id: string;
  readonly lane: string;
  /** The hub knew this task already, by its idempotency key or its `dedupe` key. */
  readonly duplicate: boolean;
  private readonly port: HandlePort;
  private latest: TaskState;
  private ended: Promise<TaskView> | undefined;

  constructor(port: HandlePort, lane: string, reply: { task_id: string; state: TaskState; duplicate?: boolean }) {
    this.port = port;
    this.lane = lane;
    this.id = reply.task_id;
    this.latest = reply.state;
    this.duplicate = reply.duplicate ?? false;
  }

  /** As far as this client has heard: at the submit, while somebody listens to `on('state')`, and at the end. */
  get state(): TaskState {
    return this.latest;
  }

  /** The task's result. Rejects with `TaskFailed`, `TaskCancelled`, `TaskExpired`; waits through lost connections. */
  async result(): Promise<Result> {
    return resultOf(await this.end()) as Result;
  }

  /** The task when it is terminal, whichever way it ended. */
  end(): Promise<TaskView> {
    this.ended ??= this.port.wait(this.id, this.lane).then((task) => this.note(task));
    return this.ended;
  }

  async get(): Promise<TaskView> {
    return this.note(await this.port.get(this.id, this.lane));
  }

  async cancel(reason?: string): Promise<TaskView> {
    return this.note(await this.port.cancel(this.id, this.lane, reason));
  }

  /** Watches the task; returns a function that stops it. */
  on<E extends keyof HandleEvents>(event: E, listener: (value: HandleEvents[E]) => void): () => void {
    const tell = listener as (value: HandleEvents[keyof HandleEvents]) => void;
    let begun = false;
    return this.port.watch(this.lane, HANDLE_TOPICS[event], (seen) => {
      if (seen.type === 'snapshot' && event === 'text' && !begun) for (const text of this.textIn(seen)) tell(text);
      if (seen.type === 'snapshot') begun = true;
      else if (seen.type === 'event' && event === 'state' && 'task' in seen && seen.task.task_id === this.id)
        tell(this.note(seen.task));
      else if (seen.type === KINDS[event] && 'task_id' in seen && seen.task_id === this.id)
        tell(seen as HandleEvents[E]);
    });
  }

  /** What was streamed before we listened, as one piece. */
  private textIn(snapshot: SnapshotMessage): ChunkMessage[] {
    const begun = snapshot.streams.filter(({ task_id, text }) => task_id === this.id && text !== '');
    return begun.map(({ stream, next_seq, text }) => ({
      type: 'chunk',
      lane: this.lane,
      task_id: this.id,
      stream,
      epoch: 0,
      seq: next_seq - 1,
      data: text,
    }));
  }

  private note(task: TaskView): TaskView {
    if (!isTerminal(this.latest)) this.latest = task.state;
    return task;
  }
}

/** The result of a task that has ended, or the error that says how it ended. */
export function resultOf(task: TaskView): unknown {
  switch (task.state) {
    case 'completed':
      return task.result;
    case 'failed':
      throw new TaskFailed(task);
    case 'cancelled':
      throw new TaskCancelled(task.task_id, task.reason ?? 'cancelled');
    case 'expired':
      throw new TaskExpired(task);
    default:
      throw new CuehubError('internal', `the hub says that task ${task.task_id} has ended, but it is ${task.state}`);
  }
}
