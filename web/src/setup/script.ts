// Writes what a hub would say while tasks come and go on a lane, as steps in time: for a preview without a hub. Pure, and
// only what the overlay looks at; the model behind it is the one that the real overlay has.
import type { WatchEvent } from '@cuehub/client';
import {
  DEFAULT_LANE,
  DEFAULT_STREAM,
  type Json,
  type LaneStatus,
  type Priority,
  type TaskEvent,
  type TaskState,
  type TaskView,
} from '@cuehub/protocol';

export interface ScriptStep {
  /** Since the step before. */
  readonly after_ms: number;
  readonly message: WatchEvent;
}

export interface SampleTask {
  readonly name: string;
  readonly from: string;
  readonly priority?: Priority;
  readonly args?: { readonly [key: string]: Json };
}

const LOG = 'preview';
const STATE_AFTER: { readonly [event in TaskEvent]?: TaskState } = {
  'task.queued': 'queued',
  'task.started': 'running',
  'task.pausing': 'pausing',
  'task.paused': 'paused',
  'task.resumed': 'running',
  'task.completed': 'completed',
};

export class Script {
  readonly steps: ScriptStep[] = [];
  readonly #prefix: string;
  readonly #chunks = new Map<string, number>();
  readonly #queued = new Set<string>();
  readonly #paused = new Set<string>();
  #current: TaskView | null = null;
  #streaming = false;
  #seq = 0;
  #made = 0;
  #pause_ms = 0;

  /** `prefix` keeps the tasks of one script apart from those of another. */
  constructor(prefix: string) {
    this.#prefix = prefix;
    this.#push({
      type: 'snapshot',
      lane: DEFAULT_LANE,
      log: LOG,
      seq: 0,
      queue: [],
      paused: [],
      streams: [],
      ...this.#status(),
    });
  }

  wait(ms: number): this {
    this.#pause_ms += ms;
    return this;
  }

  /** A task that waits. */
  submit({ name, from, priority = 'MEDIUM', args }: SampleTask): TaskView {
    this.#made += 1;
    const task: TaskView = {
      task_id: `${this.#prefix}-${this.#made}`,
      lane: DEFAULT_LANE,
      name,
      ...(args === undefined ? {} : { args }),
      priority,
      preempt: 'interrupt',
      interruptible: true,
      on_interrupt: 'pause',
      executor: 'worker',
      timeout_ms: 60_000,
      max_attempts: 1,
      pause_grace_ms: 250,
      state: 'queued',
      attempt: 1,
      epoch: 1,
      source: { session_id: 'preview', client_name: from, kind: 'preview' },
      submitted_at: this.#made,
      running_ms: 0,
      paused_ms: 0,
      interruptions: 0,
    };
    this.#queued.add(task.task_id);
    this.#fact('task.queued', task);
    return task;
  }

  start(task: TaskView): this {
    this.#queued.delete(task.task_id);
    this.#current = task;
    return this.#fact('task.started', task);
  }

  /** Word by word; a text without spaces, character by character. */
  say(task: TaskView, text: string, word_ms = 110): this {
    const words = /\s/.test(text.trim()) ? text.split(/(?<=\s)/) : Array.from(text);
    let seq = this.#chunks.get(task.task_id);
    if (seq === undefined) {
      this.#stream('stream.opened', task);
      seq = 0;
    }
    this.#streaming = true;
    this.#tellState();
    for (const data of words) {
      const { task_id, epoch } = task;
      this.#push({ type: 'chunk', lane: DEFAULT_LANE, task_id, stream: DEFAULT_STREAM, epoch, seq, data });
      this.wait(word_ms);
      seq += 1;
    }
    this.#chunks.set(task.task_id, seq);
    return this;
  }

  pause(task: TaskView): this {
    this.#fact('task.pausing', task).wait(160);
    this.#current = null;
    this.#streaming = false;
    this.#paused.add(task.task_id);
    return this.#fact('task.paused', task);
  }

  resume(task: TaskView): this {
    this.#paused.delete(task.task_id);
    this.#current = task;
    this.#streaming = true;
    return this.#fact('task.resumed', task);
  }

  complete(task: TaskView): this {
    if (this.#chunks.has(task.task_id)) this.#stream('stream.closed', task);
    this.#current = null;
    this.#streaming = false;
    return this.#fact('task.completed', task);
  }

  #fact(event: TaskEvent, task: TaskView): this {
    const state = STATE_AFTER[event] ?? 'running';
    this.#seq += 1;
    const { args, ...told } = task;
    const payload = event === 'task.queued' || event === 'task.started' ? { args: args ?? null } : {};
    this.#push({
      type: 'event',
      lane: DEFAULT_LANE,
      log: LOG,
      seq: this.#seq,
      at: this.#seq,
      event,
      task: { ...told, ...payload, state },
    });
    return this.#tellState();
  }

  #stream(event: 'stream.opened' | 'stream.closed', { task_id }: TaskView): void {
    this.#seq += 1;
    const opened = event === 'stream.opened' ? { content_type: 'text/plain', from_seq: 0 } : {};
    const place = { type: 'event', lane: DEFAULT_LANE, log: LOG, seq: this.#seq, at: this.#seq } as const;
    this.#push({ ...place, event, task_id, stream: DEFAULT_STREAM, ...opened });
  }

  #tellState(): this {
    this.#push({ type: 'state', lane: DEFAULT_LANE, log: LOG, seq: this.#seq, ...this.#status() });
    return this;
  }

  #status(): LaneStatus {
    const current = this.#current;
    const mode = current === null ? 'idle' : this.#streaming ? 'streaming' : 'busy';
    return {
      state: {
        mode,
        started: true,
        streaming: this.#streaming,
        can_interrupt: true,
        tasks_queued: this.#queued.size,
        tasks_paused: this.#paused.size,
        tasks_deferred: 0,
        tasks_completed: 0,
      },
      current_task:
        current === null
          ? null
          : {
              task_id: current.task_id,
              name: current.name,
              priority: current.priority,
              interruptible: true,
              state: 'running',
              epoch: 1,
              started_at: 0,
              running_for: 0,
            },
      queue_size: this.#queued.size,
      paused_tasks: this.#paused.size,
    };
  }

  #push(message: WatchEvent): void {
    this.steps.push({ after_ms: this.#pause_ms, message });
    this.#pause_ms = 0;
  }
}
