// What can go wrong, as types. Match on the class or on `code`, never on a message.
// Owns the classes; who throws which one is said where it is thrown.
import { ERROR_CODES, type ErrorMessage, type Issue, type TaskView } from '@cuehub/protocol';

/** Base of everything this package throws on purpose. `retryable`: the same call may succeed later without a change. */
export class CuehubError extends Error {
  override readonly name: string = 'CuehubError';
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, retryable = false) {
    super(message);
    this.code = code;
    this.retryable = retryable;
  }
}

/** The hub refused a request. `code` is one of the protocol's error codes. */
export class RequestError extends CuehubError {
  override readonly name = 'RequestError';
  /** Where the message was wrong, by dotted path. */
  readonly issues: readonly Issue[];
  /** How long to wait before another try, when the hub said so. */
  readonly retry_after_ms: number | undefined;

  constructor(refusal: Pick<ErrorMessage, 'code' | 'message' | 'issues' | 'retry_after_ms'> & { retryable?: boolean }) {
    super(refusal.code, refusal.message, refusal.retryable ?? ERROR_CODES[refusal.code]?.retryable ?? false);
    this.issues = refusal.issues ?? [];
    this.retry_after_ms = refusal.retry_after_ms;
  }
}

/** The close code of a client that ends on purpose. */
export const NORMAL_CLOSURE = 1000;

/**
 * The connection ended. `retryable`: the client connects again by itself, and the call may be made again;
 * otherwise this client has ended for good (a close code of 4500–4999, or `close()`).
 */
export class ConnectionClosed extends CuehubError {
  override readonly name = 'ConnectionClosed';
  readonly close_code: number;
  readonly reason: string;

  constructor(close_code: number, reason: string, retryable: boolean) {
    super('connection_closed', `connection closed with ${close_code}${reason ? `: ${reason}` : ''}`, retryable);
    this.close_code = close_code;
    this.reason = reason;
  }
}

/** Too much waits to be sent (`outbox_items_max`, `outbox_bytes_max`, `waits_max`). Nothing of the call was sent. */
export class OutboxFull extends CuehubError {
  override readonly name = 'OutboxFull';

  constructor(limit: string, max: number) {
    super('outbox_full', `too much waits to be sent: ${limit} is ${max}`, true);
  }
}

/** The task ended as `failed`. `code` and the message are those of its executor, or the hub's reason. */
export class TaskFailed extends CuehubError {
  override readonly name = 'TaskFailed';
  readonly task: TaskView;

  constructor(task: TaskView) {
    super(
      task.error?.code ?? task.reason ?? 'failed',
      task.error?.message ?? `task failed: ${task.reason ?? 'no reason given'}`,
    );
    this.task = task;
  }
}

/** The task ended as `cancelled`; or, inside a worker's handler: it is over for this executor. */
export class TaskCancelled extends CuehubError {
  override readonly name = 'TaskCancelled';
  readonly task_id: string;
  readonly reason: string;

  constructor(task_id: string, reason: string) {
    super('task_cancelled', `task cancelled: ${reason}`);
    this.task_id = task_id;
    this.reason = reason;
  }
}

/** The task ended as `expired`: it waited longer than `ttl_ms` or was paused longer than `resume_ttl_ms`. */
export class TaskExpired extends CuehubError {
  override readonly name = 'TaskExpired';
  readonly task: TaskView;

  constructor(task: TaskView) {
    super('task_expired', `task expired: ${task.reason ?? 'ttl'}`);
    this.task = task;
  }
}

/** For a worker's handler to throw: ends the task as `failed` with this code; `retryable` allows another attempt. */
export class TaskFailure extends CuehubError {
  override readonly name = 'TaskFailure';

  constructor(code: string, message: string, options: { retryable?: boolean } = {}) {
    super(code, message, options.retryable ?? false);
  }
}
