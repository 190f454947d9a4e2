/**
 * One task. What every task needs is in the object itself; what happens to few of them (pauses, retries, calls, checkpoints,
 * holds, a timer) is in a second object that is made with the first such thing. All ended tasks of a lane stay readable for
 * a while, and a million may wait: each of them is copied by the collector and fetched from memory as it is, so half of the
 * fields is half of the cost. The rules see none of it: `task.checkpoint` is where it always was.
 */
import type {
  By,
  Deferred,
  Json,
  Preempt,
  PriorityLevel,
  ResolvedTask,
  StreamPositions,
  TaskError,
  TaskSource,
  TaskState,
} from '@cuehub/protocol';
import type { Stream } from './stream.js';
import { UNSET } from './times.js';
import type { Timer } from './timers.js';
import type { CancelThen, LaneRecord } from './types.js';
import type { Bucket, Waiting } from './waiting-queue.js';

/** Who has a task's live run in its hands, from its dispatch through all of its resumes. */
export interface Run {
  session_id: string;
  principal: string;
  /** Of the grant that began it. */
  first_epoch: number;
}

/** A counted lease on the floor that makes `can_interrupt` false while its task runs. */
export interface Hold {
  readonly hold_id: string;
  readonly reason: string | undefined;
  readonly taken_at: number;
  expires_at: number;
}

/** Most tasks have none, and one array for each of them would be kept as long as they are. */
const NO_KEYS: readonly string[] = [];

/** As it is for most tasks for all of their lives. */
class Rare {
  /** The next start is a restart: it uses no attempt. */
  restart: boolean = false;
  retry_at: number | null = null;
  retry_due: boolean = false;
  paused_ms: number = 0;
  paused_since: number | null = null;
  /** From when `resume_ttl_ms` counts: the pause, or the end of the last child that it waited for. */
  resume_ttl_since: number | null = null;
  interruptions: number = 0;
  checkpoint: Json | undefined = undefined;
  checkpoint_streams: StreamPositions | null = null;
  /** Whether the present run was dispatched with a resume point; gives `from_seq` its default. */
  has_resume: boolean = false;
  /** Children that this task waits for. */
  awaiting: Set<string> | null = null;
  /** Tasks that wait for this one. */
  waiters: Set<string> | null = null;
  /** What becomes of a task that is `cancelling`. */
  cancel_then: CancelThen | null = null;
  error: TaskError | undefined = undefined;
  /** Its run is from before a restart of the hub, which may have taken back grants that the client knows. */
  recovered: boolean = false;
  deferred: Deferred | null = null;
  /** Epoch of the holder for which `task.deferred` was told last. */
  deferred_epoch: number = 0;
  /** Floor holds by id; those of streams live with their stream. */
  holds: Map<string, Hold> | null = null;
  grace_until: number | null = null;
  grace_style: 'now' | 'finish' = 'now';
  displaced_by: By | null = null;
  progress_at: number = 0;
  progress: { ratio?: number; note?: string } | null = null;
  /** When it is due while it waits; belongs to the timers, as does `timer_index`. */
  due: number = 0;
  timer_index: number = -1;
}

/** Shared by all that have nothing of their own yet; never written to. */
const USUAL = new Rare();

/** What a task is made of: the record of its submission has it all. */
export type Submitted = Pick<
  Extract<LaneRecord, { kind: 'task.queued' }>,
  'at' | 'task_id' | 'task' | 'principal' | 'source' | 'fingerprint' | 'bytes'
>;

/** A new one was just submitted and is in no index yet. */
export class Task implements Waiting<Task>, Timer, Rare {
  readonly task_id: string;
  readonly order: number;
  bucket: Bucket<Task> | null = null;
  level: PriorityLevel;
  /** A caller waits for it. */
  called = false;
  state: TaskState = 'queued';
  reason: string | undefined = undefined;
  readonly spec: ResolvedTask;
  readonly principal: string;
  readonly source: TaskSource;
  readonly fingerprint: string;
  readonly bytes: number;
  readonly submitted_at: number = UNSET;
  /** Starts so far. */
  attempt = 0;
  epoch = 0;
  /** Who has the live run in its hands; null before a start and after a run was given up. */
  run: Run | null = null;
  /** The session that runs an `executor: self` task. */
  self_session: string | null;
  started_at: number | null = null;
  ended_at: number | null = null;
  running_ms = 0;
  running_since: number | null = null;
  streams: Map<string, Stream> | null = null;
  result: Json | undefined = undefined;
  /** Idempotency keys that answer for it. */
  keys: readonly string[] = NO_KEYS;
  private rare: Rare = USUAL;

  /** `order`: the number of its submission in the lane. */
  constructor(order: number, submitted: Submitted) {
    const { task: spec } = submitted;
    this.task_id = submitted.task_id;
    this.order = order;
    this.level = spec.priority;
    this.spec = spec;
    this.principal = submitted.principal;
    this.source = submitted.source;
    this.fingerprint = submitted.fingerprint;
    this.bytes = submitted.bytes;
    this.submitted_at = submitted.at;
    this.self_session = spec.executor === 'self' ? submitted.source.session_id : null;
  }

  get preempt(): Preempt {
    return this.spec.preempt;
  }

  private own(): Rare {
    if (this.rare === USUAL) this.rare = new Rare();
    return this.rare;
  }

  // What follows is kept in `Rare`. Writing what is there already makes nothing.

  get restart(): boolean {
    return this.rare.restart;
  }
  set restart(value: boolean) {
    if (value !== this.rare.restart) this.own().restart = value;
  }

  get retry_at(): number | null {
    return this.rare.retry_at;
  }
  set retry_at(value: number | null) {
    if (value !== this.rare.retry_at) this.own().retry_at = value;
  }

  get retry_due(): boolean {
    return this.rare.retry_due;
  }
  set retry_due(value: boolean) {
    if (value !== this.rare.retry_due) this.own().retry_due = value;
  }

  get paused_ms(): number {
    return this.rare.paused_ms;
  }
  set paused_ms(value: number) {
    if (value !== this.rare.paused_ms) this.own().paused_ms = value;
  }

  get paused_since(): number | null {
    return this.rare.paused_since;
  }
  set paused_since(value: number | null) {
    if (value !== this.rare.paused_since) this.own().paused_since = value;
  }

  get resume_ttl_since(): number | null {
    return this.rare.resume_ttl_since;
  }
  set resume_ttl_since(value: number | null) {
    if (value !== this.rare.resume_ttl_since) this.own().resume_ttl_since = value;
  }

  get interruptions(): number {
    return this.rare.interruptions;
  }
  set interruptions(value: number) {
    if (value !== this.rare.interruptions) this.own().interruptions = value;
  }

  get checkpoint(): Json | undefined {
    return this.rare.checkpoint;
  }
  set checkpoint(value: Json | undefined) {
    if (value !== this.rare.checkpoint) this.own().checkpoint = value;
  }

  get checkpoint_streams(): StreamPositions | null {
    return this.rare.checkpoint_streams;
  }
  set checkpoint_streams(value: StreamPositions | null) {
    if (value !== this.rare.checkpoint_streams) this.own().checkpoint_streams = value;
  }

  get has_resume(): boolean {
    return this.rare.has_resume;
  }
  set has_resume(value: boolean) {
    if (value !== this.rare.has_resume) this.own().has_resume = value;
  }

  get awaiting(): Set<string> | null {
    return this.rare.awaiting;
  }
  set awaiting(value: Set<string> | null) {
    if (value !== this.rare.awaiting) this.own().awaiting = value;
  }

  get waiters(): Set<string> | null {
    return this.rare.waiters;
  }
  set waiters(value: Set<string> | null) {
    if (value !== this.rare.waiters) this.own().waiters = value;
  }

  get cancel_then(): CancelThen | null {
    return this.rare.cancel_then;
  }
  set cancel_then(value: CancelThen | null) {
    if (value !== this.rare.cancel_then) this.own().cancel_then = value;
  }

  get error(): TaskError | undefined {
    return this.rare.error;
  }
  set error(value: TaskError | undefined) {
    if (value !== this.rare.error) this.own().error = value;
  }

  get recovered(): boolean {
    return this.rare.recovered;
  }
  set recovered(value: boolean) {
    if (value !== this.rare.recovered) this.own().recovered = value;
  }

  get deferred(): Deferred | null {
    return this.rare.deferred;
  }
  set deferred(value: Deferred | null) {
    if (value !== this.rare.deferred) this.own().deferred = value;
  }

  get deferred_epoch(): number {
    return this.rare.deferred_epoch;
  }
  set deferred_epoch(value: number) {
    if (value !== this.rare.deferred_epoch) this.own().deferred_epoch = value;
  }

  get holds(): Map<string, Hold> | null {
    return this.rare.holds;
  }
  set holds(value: Map<string, Hold> | null) {
    if (value !== this.rare.holds) this.own().holds = value;
  }

  get grace_until(): number | null {
    return this.rare.grace_until;
  }
  set grace_until(value: number | null) {
    if (value !== this.rare.grace_until) this.own().grace_until = value;
  }

  get grace_style(): 'now' | 'finish' {
    return this.rare.grace_style;
  }
  set grace_style(value: 'now' | 'finish') {
    if (value !== this.rare.grace_style) this.own().grace_style = value;
  }

  get displaced_by(): By | null {
    return this.rare.displaced_by;
  }
  set displaced_by(value: By | null) {
    if (value !== this.rare.displaced_by) this.own().displaced_by = value;
  }

  get progress_at(): number {
    return this.rare.progress_at;
  }
  set progress_at(value: number) {
    if (value !== this.rare.progress_at) this.own().progress_at = value;
  }

  get progress(): { ratio?: number; note?: string } | null {
    return this.rare.progress;
  }
  set progress(value: { ratio?: number; note?: string } | null) {
    if (value !== this.rare.progress) this.own().progress = value;
  }

  get due(): number {
    return this.rare.due;
  }
  set due(value: number) {
    if (value !== this.rare.due) this.own().due = value;
  }

  get timer_index(): number {
    return this.rare.timer_index;
  }
  set timer_index(value: number) {
    if (value !== this.rare.timer_index) this.own().timer_index = value;
  }
}
