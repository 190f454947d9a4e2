// One run of a task in this client: the gate for output, the epoch, what the hub is owed, and the outcome until it is acknowledged.
//
//   live ──task.pause, now──► paused ──task.resume──► live
//   live ──task.pause, finish──► finishing ──boundary, or the grace──► paused
//   any but over ──the connection ends──► paused      (cancelling: over)
//   any but over ──task.cancel──► cancelling ──the handler has ended──► over
//   any ──outcome acknowledged, task.revoked, released──► over
//
// Owns no socket and no registry; the handler's view of it is in `handler-task.ts`.
import {
  type By,
  DEFAULT_STREAM,
  type HeardPositions,
  type Holding,
  type Json,
  LIMITS,
  type OkMessage,
  type ResumePoint,
  type StreamPositions,
  type TaskCancelOrder,
  type TaskDispatchMessage,
  type TaskPauseMessage,
  type TaskResumeMessage,
  type TaskView,
} from '@cuehub/protocol';
import { Emitter, safely } from './emitter.js';
import { CuehubError, RequestError, TaskCancelled } from './errors.js';
import type { RunHold } from './holds.js';
import type { ClientLimits } from './options.js';
import { failureOf, type Outcome, refusedResult } from './outcome.js';
import { RunStream, type StreamOptions } from './out-stream.js';
import { toJson } from './task-map.js';
import type { Clock } from './transport.js';

/** What a run needs of its client. */
export interface RunPort {
  readonly clock: Clock;
  readonly limits: ClientLimits;
  readonly connected: boolean;
  readonly bufferedAmount: number;
  /** The encoding has no way to carry bytes. */
  readonly textOnly: boolean;
  /** What went wrong and has no call to answer. */
  report(error: CuehubError): void;
  /** Sends without an answer; nothing happens when there is no connection. */
  tell(message: object): void;
  /** Sends on this connection only; rejects when it ends first. */
  ask(message: object): Promise<OkMessage>;
}

/** What a handler may be told while it runs. */
export interface RunEvents {
  resume: TaskResumeMessage;
}

type Phase = 'live' | 'finishing' | 'paused' | 'cancelling' | 'over';
export class WorkerRun {
  readonly task: TaskView;
  readonly attempt: number;
  readonly first: boolean;
  readonly start: ResumePoint | null;
  readonly events = new Emitter<RunEvents>();
  readonly holds = new Set<RunHold>();
  epoch: number;
  heard: HeardPositions;
  /** Told of each pause, also an involuntary one; gives the checkpoint that goes with `task.paused`. */
  onPause: ((by: By | null) => unknown) | undefined;
  private readonly port: RunPort;
  private readonly forget: (run: WorkerRun) => void;
  private readonly abort = new AbortController();
  private readonly streams = new Map<string, RunStream>();
  private phase: Phase = 'live';
  private waiting: (() => void)[] = [];
  private pausedBy: By | null = null;
  private pauseTimer: unknown;
  private retryTimer: unknown;
  /** Checkpoints that this run has said: one that comes back shows that the hub has what was said before it. */
  private readonly checkpoints = new Set<string>();
  /** Since the last grant: what was accepted before it may be lost if it was the hub that crashed. */
  private connectionLost = false;
  private outcome: Outcome | undefined;
  /** The epoch under which the outcome was sent and not yet answered. */
  private outcomeSent: number | undefined;

  constructor(port: RunPort, dispatch: TaskDispatchMessage, forget: (run: WorkerRun) => void) {
    this.port = port;
    this.forget = forget;
    this.task = dispatch.task;
    this.epoch = dispatch.epoch;
    this.attempt = dispatch.attempt;
    this.first = dispatch.attempt === 1 && dispatch.task.interruptions === 0;
    this.start = dispatch.resume;
    this.heard = dispatch.resume?.heard ?? {};
  }

  get task_id(): string {
    return this.task.task_id;
  }

  get clock(): Clock {
    return this.port.clock;
  }

  get limits(): ClientLimits {
    return this.port.limits;
  }

  get textOnly(): boolean {
    return this.port.textOnly;
  }

  get signal(): AbortSignal {
    return this.abort.signal;
  }

  /** Whether output may flow. */
  get open(): boolean {
    return this.phase === 'live' || this.phase === 'finishing';
  }

  /** What `hello` names; undefined when there is nothing left to go on with. */
  get holding(): Holding | undefined {
    return this.phase === 'over' || this.phase === 'cancelling'
      ? undefined
      : { task_id: this.task_id, epoch: this.epoch };
  }

  /** Whether anything but this keeps others from interrupting. */
  get uninterruptible(): boolean {
    return this.holds.size > 0 || [...this.streams.values()].some((stream) => !stream.closed && !stream.can_interrupt);
  }

  /** Runs the handler; its end becomes the task's. */
  async execute(handler: () => unknown): Promise<void> {
    try {
      const result = toJson(await handler());
      this.settle(result === undefined ? { type: 'task.complete' } : { type: 'task.complete', result });
    } catch (error) {
      this.settle(failureOf(error));
    }
  }

  // ── what the handler does ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Resolves when output may flow; throws `TaskCancelled` when it never will again. */
  async gate(): Promise<void> {
    while (!this.open) {
      if (this.signal.aborted) throw this.signal.reason;
      await this.changed();
    }
  }

  /** A place where a polite interruption may come in. */
  async boundary(): Promise<void> {
    if (this.phase === 'finishing') this.pauseNow();
    await this.gate();
  }

  /** Resolves at the run's next change of phase. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Waits while the socket, or whatever `full` says, is full and output flows at all. */
  async drained(full: () => boolean): Promise<void> {
    while (this.open && (full() || this.port.bufferedAmount > this.limits.write_buffer_bytes_max))
      await this.sleep(this.limits.poll_ms);
  }

  sleep(delay_ms: number): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimeout(resolve, delay_ms));
  }

  stream(options: StreamOptions): RunStream {
    const name = options.name ?? DEFAULT_STREAM;
    const before = this.streams.get(name);
    if (before) {
      if (!before.closed) throw new TypeError(`stream ${name} is already open`);
      before.reopen(options);
      return before;
    }
    const stream = new RunStream(this, name, options, options.from_seq ?? this.start?.checkpoint_streams[name] ?? 0);
    this.streams.set(name, stream);
    return stream;
  }

  say(message: object): void {
    this.port.tell({ ...message, task_id: this.task_id, epoch: this.epoch });
  }

  async ask(message: object): Promise<OkMessage> {
    const { epoch } = this;
    try {
      return await this.port.ask({ ...message, task_id: this.task_id, epoch });
    } catch (error) {
      if (error instanceof RequestError && error.code === 'stale_epoch') this.fenced(epoch);
      throw error;
    }
  }

  /** Resolves when the hub's journal has it. */
  async keep(checkpoint: Json): Promise<void> {
    // The hub takes a checkpoint without the floor, but no chunk: one that overtook refused chunks would skip them.
    if (!this.delivered) await this.confirmFloor();
    const text = JSON.stringify(checkpoint);
    if (text !== JSON.stringify(this.start?.checkpoint)) this.checkpoints.add(text);
    await this.ask({ type: 'task.checkpoint', checkpoint });
  }

  /** Nothing that was written may still be refused. */
  private get delivered(): boolean {
    return [...this.streams.values()].every((stream) => stream.delivered);
  }

  /** A stream's close was confirmed: perhaps the outcome has only waited for that. */
  moreDelivered(): void {
    this.sendOutcome();
  }

  /** A call has made the hub pause us for the child, without an order. The next resume ends it. */
  awaitChild(): void {
    if (this.open) this.enter('paused');
  }

  /** Resolves when the hub itself says that the floor is ours, for when orders and answers may have crossed. */
  async confirmFloor(): Promise<void> {
    for (;;) {
      await this.gate();
      try {
        return void (await this.ask({ type: 'task.progress' }));
      } catch (error) {
        if (!(error instanceof CuehubError) || !(error.retryable || error.code === 'stale_epoch')) throw error;
        if (error.retryable) await Promise.race([this.changed(), this.sleep(this.limits.retry_ms)]);
      }
    }
  }

  // ── what the hub says ─────────────────────────────────────────────────────────────────────────────────────────────────

  pause(order: TaskPauseMessage): void {
    // An outcome that is on its way comes first: the task will be completed.
    if (order.epoch !== this.epoch || !this.open || this.outcomeSent === this.epoch) return;
    this.pausedBy = order.by;
    if (order.style === 'finish') {
      this.enter('finishing');
      this.clock.clearTimeout(this.pauseTimer);
      this.pauseTimer = this.clock.setTimeout(
        () => this.pauseNow(),
        Math.max(0, order.grace_ms - this.limits.finish_margin_ms),
      );
    } else {
      this.pauseNow();
    }
  }

  resume(order: TaskResumeMessage): void {
    if (order.epoch <= this.epoch || this.signal.aborted) return;
    this.epoch = order.epoch;
    this.heard = order.heard;
    this.phase = 'live';
    const lost = this.connectionLost && !this.checkpoints.has(JSON.stringify(order.checkpoint));
    this.connectionLost = false;
    // Holds first: what is sent again may be the middle of a protected section.
    for (const hold of this.holds) hold.resumed();
    for (const [name, stream] of this.streams) stream.resumed(order.streams[name], lost);
    this.enter('live');
    this.events.emit('resume', order);
    this.sendOutcome();
  }

  cancel(order: TaskCancelOrder): void {
    if (order.epoch !== this.epoch || this.signal.aborted || this.outcomeSent === this.epoch) return;
    this.enter('cancelling', order.reason);
    // The handler has ended already, and only its outcome waits.
    if (this.outcome) this.answerCancel();
  }

  /** The hub refuses what is said under this epoch: the floor is gone, whether or not an order has told it. */
  fenced(epoch: number): void {
    if (epoch !== this.epoch || !this.open) return;
    this.tellPause(null);
    this.enter('paused');
  }

  acked(streams: StreamPositions): void {
    for (const [name, position] of Object.entries(streams)) this.streams.get(name)?.acked(position);
    this.sendOutcome();
  }

  /** `task.revoked`, `released`, or the client itself has ended. Says nothing to the hub. */
  end(reason: string): void {
    if (this.phase === 'over') return;
    this.enter('over', reason);
    this.forget(this);
  }

  /** The connection is gone, and with it the floor. */
  lost(): void {
    this.outcomeSent = undefined;
    this.connectionLost = true;
    if (this.phase === 'cancelling') this.end('executor_lost');
    else if (this.phase !== 'over') {
      if (this.open) this.tellPause(null);
      this.enter('paused');
    }
  }

  /** Still ours, still paused. */
  adopted(): void {
    this.sendOutcome();
  }

  private enter(phase: Phase, reason?: string): void {
    this.phase = phase;
    if (!this.open) {
      this.clock.clearTimeout(this.pauseTimer);
      for (const hold of this.holds) hold.pause();
    }
    if (phase === 'over') this.clock.clearTimeout(this.retryTimer);
    if (reason !== undefined && !this.signal.aborted)
      safely(() => this.abort.abort(new TaskCancelled(this.task_id, reason)));
    for (const wake of this.waiting.splice(0)) wake();
  }

  private tellPause(by: By | null): Json | undefined {
    let checkpoint: Json | undefined;
    safely(() => {
      checkpoint = toJson(this.onPause?.(by));
    });
    const length = JSON.stringify(checkpoint)?.length ?? 0;
    if (length <= LIMITS.checkpoint_bytes_max) return checkpoint;
    // The pause itself must not wait for a checkpoint that no hub takes.
    const { name } = this.task;
    const message = `the checkpoint of ${name} at its pause has ${length} characters and was left out`;
    this.port.report(new RequestError({ code: 'too_large', message }));
    return undefined;
  }

  private pauseNow(): void {
    if (!this.open) return;
    const checkpoint = this.tellPause(this.pausedBy);
    this.say({ type: 'task.paused', ...(checkpoint === undefined ? {} : { checkpoint }) });
    this.enter('paused');
  }

  // ── the outcome ───────────────────────────────────────────────────────────────────────────────────────────────────────

  private settle(outcome: Outcome): void {
    if (this.phase === 'over') return;
    this.outcome = outcome;
    if (this.phase === 'cancelling') this.answerCancel();
    else this.sendOutcome();
  }

  private answerCancel(): void {
    this.say({ type: 'task.cancelled' });
    this.end('cancelled');
  }

  /**
   * Sends the outcome once everything written has arrived: the hub takes an end also without the floor, but no chunk, so
   * an end that overtook refused chunks would lose them. After a lost connection only the hub's journal is certain.
   */
  private sendOutcome(): void {
    if (!this.outcome || this.outcomeSent !== undefined || !this.port.connected) return;
    const streams = [...this.streams.values()];
    if (this.open) for (const stream of streams) stream.closeNow();
    const arrived = streams.every((stream) => stream.journaled || (stream.delivered && !this.connectionLost));
    if (!(this.open ? streams.every((stream) => stream.delivered) : this.phase === 'paused' && arrived)) return;
    this.clock.clearTimeout(this.pauseTimer);
    const { epoch } = this;
    this.outcomeSent = epoch;
    this.ask(this.outcome).then(
      () => this.end('ended'),
      (error: CuehubError) => {
        if (this.outcomeSent === epoch) this.outcomeSent = undefined;
        if (this.phase !== 'over' && !this.signal.aborted) this.outcomeRefused(error, epoch);
      },
    );
  }

  private outcomeRefused(error: CuehubError, epoch: number): void {
    // Lost with its connection: sent again after `adopted`, or after the resume.
    if (error.code === 'connection_closed' || error.code === 'not_connected') return;
    if (error.code === 'stale_epoch') {
      // The floor went elsewhere meanwhile: with the next resume, or at once if that has already come.
      if (this.epoch !== epoch) this.sendOutcome();
    } else if (error.retryable) {
      const wait_ms = (error instanceof RequestError && error.retry_after_ms) || this.limits.retry_ms;
      this.retryTimer = this.clock.setTimeout(() => this.sendOutcome(), wait_ms);
    } else if (this.outcome?.type === 'task.complete' && error.code !== 'not_found') {
      // A result that the hub does not take, for instance one that is too large.
      this.outcome = refusedResult(error);
      this.sendOutcome();
    } else {
      this.end(error.code);
    }
  }
}
