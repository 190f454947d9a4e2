/**
 * What goes into a lane's `step` and what comes out of it. The lane machine is pure: it gets every input as data
 * (also the time, new ids and the hub's epoch counter) and tells what happened as records and effects.
 * The state itself is in `lane.ts` and `task.ts`; who carries the effects out is `hub/`.
 */
import type {
  Deferred,
  DURATIONS,
  ErrorCode,
  EventMessage,
  ChunkMessage,
  ExecutorOrder,
  Holding,
  Issue,
  Json,
  LIMITS,
  ProgressMessage,
  ResolvedTask,
  StreamPositions,
  TaskError,
  TaskSource,
} from '@cuehub/protocol';

/** Bounds and durations a lane goes by; the defaults are `LIMITS` and `DURATIONS` of the protocol. */
export type LaneConfig = { readonly [K in LaneConfigKey]: number };
type LaneConfigKey =
  | keyof Pick<
      typeof LIMITS,
      | 'queue_items_per_level_max'
      | 'queue_bytes_max'
      | 'holds_per_task_max'
      | 'streams_per_task_max'
      | 'sinks_per_stream_max'
      | 'text_kept_bytes_max'
      | 'audio_kept_bytes_max'
      | 'chunks_kept_ms'
      | 'text_batch_bytes'
      | 'text_batch_ms'
      | 'ended_tasks_max'
      | 'snapshot_bytes_max'
      | 'snapshot_text_bytes_max'
      | 'snapshot_queue_items_max'
    >
  | keyof Pick<
      typeof DURATIONS,
      | 'session_ttl_ms'
      | 'finish_grace_ms'
      | 'hold_default_ms'
      | 'hold_max_ms'
      | 'retry_delay_ms'
      | 'idempotency_ms'
      | 'progress_interval_ms'
    >;

/** Hub-wide facts that a step may look at but does not own. */
export interface StepEnv {
  /** Unix milliseconds from a clock that never goes back while the hub runs. */
  readonly now_ms: number;
  /** Last epoch given in the whole hub; the step gives `epoch + 1` onwards and tells the last one in its result. */
  readonly epoch: number;
  /** No epoch past this one may be given yet, so nobody is granted the floor then; none by default. */
  readonly epoch_max?: number;
  /** How busy each session is with runs of any lane; a session that is not in it never ran. */
  readonly load: ReadonlyMap<string, SessionLoad>;
}

export interface SessionLoad {
  /** Tasks of this session that hold a floor right now, over all lanes. */
  readonly runs: number;
  /** How many runs of all lanes had lost the floor when its last one did: the least is the longest idle; 0 never ran. */
  readonly idle_since: number;
}

interface FrameInput {
  readonly session_id: string;
  readonly task_id: string;
  readonly epoch: number;
}

export type Input =
  | {
      readonly kind: 'submit';
      readonly task_id: string;
      readonly task: ResolvedTask;
      /** Bytes of `args` and `meta` for the queue's byte bound. */
      readonly bytes: number;
      /** Digest of the resolved task without its key; the same key with another fingerprint is a conflict. */
      readonly fingerprint: string;
      readonly principal: string;
      readonly source: TaskSource;
    }
  | {
      readonly kind: 'cancel';
      readonly task_id: string;
      readonly reason?: string;
      readonly principal: string;
      /** An operator may cancel what others submitted. */
      readonly operator: boolean;
    }
  | {
      readonly kind: 'worker.register';
      readonly session_id: string;
      readonly principal: string;
      readonly names: readonly string[];
    }
  | { readonly kind: 'worker.unregister'; readonly session_id: string; readonly names: readonly string[] }
  /** The socket of a session ended; its claims run for `session_ttl_ms` more (timed here). */
  | { readonly kind: 'session.lost'; readonly session_id: string }
  /** The session said goodbye, was removed or is over: its claims end now, its worker registrations too. */
  | { readonly kind: 'session.ended'; readonly session_id: string }
  /**
   * A client said hello. `session_id` is its session now; `resumed` when it is the one it had before, whose runs that are
   * not in `holding` are given up. The reply is `{adopted, released}` for those of `holding` that this lane knows.
   */
  | {
      readonly kind: 'session.hello';
      readonly session_id: string;
      readonly principal: string;
      readonly resumed: boolean;
      readonly holding: readonly Holding[];
      /** What it is registered for. A lane from the journal does not know, and is to judge with it who gets the floor. */
      readonly names?: readonly string[];
    }
  | (FrameInput & { readonly kind: 'task.paused'; readonly checkpoint?: Json })
  | (FrameInput & { readonly kind: 'task.cancelled' })
  | (FrameInput & { readonly kind: 'task.progress'; readonly ratio?: number; readonly note?: string })
  | (FrameInput & { readonly kind: 'task.checkpoint'; readonly checkpoint: Json })
  | (FrameInput & { readonly kind: 'task.complete'; readonly result?: Json })
  | (FrameInput & { readonly kind: 'task.fail'; readonly error: TaskError; readonly retryable: boolean })
  /** `new_hold_id` is used when `hold_id` is absent. */
  | (FrameInput & {
      readonly kind: 'floor.hold';
      readonly hold_id?: string;
      readonly new_hold_id: string;
      readonly ttl_ms?: number;
      readonly reason?: string;
    })
  | (FrameInput & { readonly kind: 'floor.release'; readonly hold_id: string })
  | (FrameInput & {
      readonly kind: 'stream.open';
      readonly stream: string;
      readonly content_type: string;
      readonly can_interrupt: boolean;
      readonly from_seq?: number;
      readonly reason?: string;
    })
  | (FrameInput & {
      readonly kind: 'stream.chunk';
      readonly stream: string;
      readonly seq: number;
      readonly data: string | Uint8Array;
    })
  | (FrameInput & { readonly kind: 'stream.close'; readonly stream: string })
  | {
      readonly kind: 'stream.heard';
      readonly task_id: string;
      readonly stream: string;
      readonly seq: number;
      readonly sink: string;
    }
  | { readonly kind: 'lane.start' }
  | { readonly kind: 'lane.stop'; readonly drain: boolean }
  /** Time passed: due at the result's `wake_at`. Any other input also lets due timers fire first. */
  | { readonly kind: 'wake' }
  /**
   * The hub started again on a folded lane: what ran is paused as `executor_lost`, claims run from now. `down_at` is when
   * the hub before was last known to live.
   */
  | { readonly kind: 'recover'; readonly down_at?: number };

export type InputKind = Input['kind'];

/** Replies to these wait for the journal (PROTOCOL §8). */
const AWAIT_JOURNAL: ReadonlySet<InputKind> = new Set<InputKind>([
  'submit',
  'cancel',
  'task.checkpoint',
  'task.complete',
  'task.fail',
  // Who has its `ok` sends from where the hub has the stream: a crash must not take the opening from under that.
  'stream.open',
  'lane.start',
  'lane.stop',
]);

/** Whether the reply waits until the journal has what the input changed. */
export function awaitsJournal(input: Input): boolean {
  if (input.kind === 'task.paused') return input.checkpoint !== undefined;
  return AWAIT_JOURNAL.has(input.kind);
}

export interface StepError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly issues?: readonly Issue[];
  /** With `seq_gap`. */
  readonly expected?: number;
}

/** `ok`: the fields of the reply, per `Replies` of the protocol ({} for none). */
export type StepReply = { readonly ok: Readonly<Record<string, unknown>> } | { readonly error: StepError };

export type Effect =
  /** A numbered fact: to the ring, to subscribers, to whoever waits for the task's end. */
  | { readonly kind: 'fact'; readonly fact: EventMessage }
  /** To the executor's session. `after_journal`: not before this step's records are durable. */
  | {
      readonly kind: 'order';
      readonly session_id: string;
      readonly order: ExecutorOrder;
      readonly after_journal: boolean;
      /** With `after_journal`: the run and the fact that it was true of. */
      readonly true_of?: { readonly task_id: string; readonly first_epoch: number; readonly seq: number };
    }
  | { readonly kind: 'chunk'; readonly chunk: ChunkMessage }
  | { readonly kind: 'progress'; readonly progress: ProgressMessage }
  /** A session of this lane got or lost the floor: the hub keeps `StepEnv.load` by these. */
  | { readonly kind: 'load'; readonly session_id: string; readonly delta: 1 | -1 };

export interface StepResult {
  readonly reply: StepReply;
  readonly records: readonly LaneRecord[];
  readonly effects: readonly Effect[];
  /** Last epoch given, to be handed to the next step of any lane. */
  readonly epoch: number;
  /** When the lane wants a `wake`; null for never. */
  readonly wake_at: number | null;
}

/** Why a run is being cancelled, and so what becomes of the task at its end. */
export type CancelThen = 'cancelled' | 'restart' | 'drop' | 'timeout';

/**
 * What the journal keeps. The state of a lane after a crash is the fold of its records and nothing else.
 * Those with a `seq` are facts; `at` never decreases.
 */
export type LaneRecord = { readonly at: number; readonly seq?: number } & RecordBody;

export type RecordBody =
  | {
      readonly kind: 'task.queued';
      readonly task_id: string;
      readonly task: ResolvedTask;
      readonly principal: string;
      readonly source: TaskSource;
      readonly fingerprint: string;
      readonly bytes: number;
    }
  /** Back in the queue at its old place, told as `task.queued`: a restart. */
  | { readonly kind: 'task.requeued'; readonly task_id: string }
  | { readonly kind: 'task.deferred'; readonly task_id: string; readonly deferred: Deferred }
  | {
      readonly kind: 'task.started';
      readonly task_id: string;
      readonly epoch: number;
      readonly attempt: number;
      readonly session_id: string;
      readonly principal: string;
    }
  | { readonly kind: 'task.pausing'; readonly task_id: string; readonly reason: string }
  | { readonly kind: 'task.cancelling'; readonly task_id: string; readonly reason: string; readonly then: CancelThen }
  /** `ran_until`: when the hub that ran it was last known to live, where that is not now. */
  | {
      readonly kind: 'task.paused';
      readonly task_id: string;
      readonly reason: string;
      readonly ran_until?: number;
    }
  | { readonly kind: 'task.resumed'; readonly task_id: string; readonly epoch: number }
  | { readonly kind: 'task.completed'; readonly task_id: string; readonly result?: Json }
  | { readonly kind: 'task.failed'; readonly task_id: string; readonly reason: string; readonly error?: TaskError }
  | {
      readonly kind: 'task.retrying';
      readonly task_id: string;
      readonly reason: string;
      readonly retry_at: number;
      readonly error?: TaskError;
    }
  | { readonly kind: 'task.cancelled'; readonly task_id: string; readonly reason: string }
  | { readonly kind: 'task.expired'; readonly task_id: string; readonly reason: string }
  | {
      readonly kind: 'stream.opened';
      readonly task_id: string;
      readonly stream: string;
      readonly content_type: string;
      readonly can_interrupt: boolean;
      readonly from_seq: number;
      readonly reason?: string;
    }
  | { readonly kind: 'stream.closed'; readonly task_id: string; readonly stream: string; readonly next_seq: number }
  | {
      readonly kind: 'hold.taken';
      readonly task_id: string;
      readonly hold_id: string;
      readonly expires_at: number;
      readonly reason?: string;
      readonly stream?: string;
    }
  | {
      readonly kind: 'hold.released' | 'hold.expired';
      readonly task_id: string;
      readonly hold_id: string;
      readonly stream?: string;
    }
  | { readonly kind: 'lane.started' }
  | { readonly kind: 'lane.stopped'; readonly drain: boolean }
  // What follows carries no seq: it is there for recovery alone.
  | {
      readonly kind: 'checkpoint';
      readonly task_id: string;
      readonly checkpoint: Json;
      readonly streams: StreamPositions;
    }
  /** Accepted text from `from_seq` on, in a batch. Audio keeps its cursor only: `next_seq` without `chunks`. */
  | {
      readonly kind: 'stream.accepted';
      readonly task_id: string;
      readonly stream: string;
      readonly from_seq: number;
      readonly next_seq: number;
      readonly chunks?: readonly string[];
    }
  | {
      readonly kind: 'heard';
      readonly task_id: string;
      readonly stream: string;
      readonly sink: string;
      readonly heard_seq: number;
    }
  | { readonly kind: 'adopted'; readonly task_id: string; readonly session_id: string }
  /** The parent waits for the child. */
  | { readonly kind: 'call'; readonly parent_id: string; readonly child_id: string }
  /** An idempotency key that answered for a task it was not submitted with (`dedupe: keep`). */
  | {
      readonly kind: 'key';
      readonly principal: string;
      readonly key: string;
      readonly task_id: string;
      readonly fingerprint: string;
    }
  /** The oldest `ended` of the ended tasks and the oldest `keys` of their idempotency keys were forgotten. */
  | { readonly kind: 'forgotten'; readonly ended: number; readonly keys: number };
