// What a worker's handler is given: the task, and verbs that wait while it is paused and throw `TaskCancelled` when it is over.
// A handler needs no knowledge of epochs, sequence numbers or pauses; `worker-run.ts` has them.
import type { By, HeardPositions, Json, Priority, ResumePoint, TaskView } from '@cuehub/protocol';
import { CuehubError } from './errors.js';
import { type Hold, type HoldOptions, RunHold } from './holds.js';
import type { OutStream, StreamOptions } from './out-stream.js';
import { type ArgsOf, type CallSpec, type ResultOf, type TaskName, toJson } from './task-map.js';
import type { WorkerRun } from './worker-run.js';

/** Submits a child of a run and waits for its result; the client knows how. */
export type Caller = (run: WorkerRun, spec: CallSpec<object, string>) => Promise<unknown>;

/** How often a hold that is refused because of a pause on its way is tried again. */
const HOLD_TRIES_MAX = 10;

export class HandlerTask<Tasks = object, Name extends string = string> {
  readonly id: string;
  readonly name: Name;
  readonly lane: string;
  readonly args: ArgsOf<Tasks, Name>;
  readonly meta: { readonly [key: string]: Json };
  readonly priority: Priority;
  /** From 1: how often the task was started. */
  readonly attempt: number;
  /** From where a later attempt goes on: the checkpoint, where the streams were then and are now, what was heard. Null at a fresh start. */
  readonly resume: ResumePoint | null;
  /** The task as the hub dispatched it. */
  readonly view: TaskView;
  private readonly run: WorkerRun;
  private readonly caller: Caller;

  constructor(run: WorkerRun, caller: Caller) {
    this.run = run;
    this.caller = caller;
    this.view = run.task;
    this.id = run.task_id;
    this.name = run.task.name as Name;
    this.lane = run.task.lane;
    this.args = run.task.args as ArgsOf<Tasks, Name>;
    this.meta = run.task.meta ?? {};
    this.priority = run.task.priority;
    this.attempt = run.attempt;
    this.resume = run.start;
  }

  /** Aborted when the task is over for this executor; its reason is a `TaskCancelled`. A pause does not abort. */
  get signal(): AbortSignal {
    return this.run.signal;
  }

  /** Whether output waits just now. */
  get paused(): boolean {
    return !this.run.open;
  }

  /** What sinks reported as really heard or shown, as of the last dispatch or resume: `{STREAM: {SINK: seq}}`. */
  get heard(): HeardPositions {
    return this.run.heard;
  }

  /** Opens a stream. What is written goes out when the task has the floor, each chunk once. */
  stream(options: StreamOptions = {}): OutStream {
    return this.run.stream(options);
  }

  /**
   * Keeps anything up to 64 KiB for a later attempt to start from. Resolves when it is in the hub's journal, and what was
   * written before it is with the hub.
   */
  async checkpoint(value: unknown): Promise<void> {
    const checkpoint = toJson(value) ?? null;
    await this.persist(() => this.run.keep(checkpoint));
    await this.run.boundary();
  }

  /** For display: `ratio` from 0 to 1. Dropped while the task is paused. */
  progress(ratio: number | undefined, note?: string): void {
    if (this.run.open)
      this.run.say({
        type: 'task.progress',
        ...(ratio === undefined ? {} : { ratio }),
        ...(note === undefined ? {} : { note }),
      });
  }

  /** A good place to be interrupted: waits while the task is paused. */
  pausePoint(): Promise<void> {
    return this.run.boundary();
  }

  /** Nobody interrupts until it is released, or its 5 min are over. Waits while somebody is about to interrupt. */
  async hold(options: HoldOptions = {}): Promise<Hold> {
    for (let tries = 1; ; tries += 1) {
      await this.run.boundary();
      const hold = new RunHold(this.run, options);
      try {
        // A task that may not be interrupted at all needs no hold.
        if (!this.run.task.interruptible) return covered;
        await hold.take();
        this.run.holds.add(hold);
        return hold;
      } catch (error) {
        if (!(error instanceof CuehubError)) throw error;
        // Somebody waits for a hold of ours to end: until then that one covers this section as well.
        if (error.code === 'preempting' && this.run.uninterruptible) return covered;
        if ((!error.retryable && error.code !== 'stale_epoch') || tries >= HOLD_TRIES_MAX) throw error;
        await Promise.race([this.run.changed(), this.run.sleep(this.run.limits.retry_ms)]);
      }
    }
  }

  /** Runs `section` under a hold. After a lost connection the section goes on when the task is resumed, and its hold with it. */
  async protect<T>(section: () => T | Promise<T>, options: HoldOptions = {}): Promise<T> {
    const hold = await this.hold(options);
    try {
      return await section();
    } finally {
      hold.release();
    }
  }

  /** Runs a child on the same lane and gives its result; this task waits for it and goes on afterwards. Fails as `result()` does. */
  async call<N extends TaskName<Tasks>>(spec: CallSpec<Tasks, N>): Promise<ResultOf<Tasks, N>> {
    await this.run.gate();
    const result = await this.caller(this.run, spec as CallSpec<object, string>);
    await this.run.gate();
    return result as ResultOf<Tasks, N>;
  }

  /**
   * Told when the task is paused: stop playing. What it returns, unless `undefined`, is kept as the checkpoint
   * (64 KiB at most).
   * `by` is null when the lane stops or the connection is lost. A second listener replaces the first.
   */
  onPause(listener: (by: By | null) => unknown): () => void {
    this.run.onPause = listener;
    return () => {
      if (this.run.onPause === listener) this.run.onPause = undefined;
    };
  }

  /** Told when the floor is back. */
  onResume(listener: (heard: HeardPositions) => void): () => void {
    return this.run.events.on('resume', (order) => listener(order.heard));
  }

  /** Asks with the floor, and again after a pause that came between. */
  private async persist(ask: () => Promise<unknown>): Promise<void> {
    for (;;) {
      await this.run.gate();
      try {
        return void (await ask());
      } catch (error) {
        if (!(error instanceof CuehubError) || (!error.retryable && error.code !== 'stale_epoch')) throw error;
        await Promise.race([this.run.changed(), this.run.sleep(this.run.limits.retry_ms)]);
      }
    }
  }
}

const covered: Hold = { hold_id: '', release: () => {} };
