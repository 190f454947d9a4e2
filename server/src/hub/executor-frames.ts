/**
 * What executors and sinks send (PROTOCOL §5): registrations, the frames of a run, heard positions. Turns messages into
 * inputs of the right lane, with the defaults of the contract; the lane judges them.
 */
import {
  DEFAULT_CONTENT_TYPE,
  DEFAULT_LANE,
  DEFAULT_STREAM,
  type ExecutorMessage,
  type StreamHeardMessage,
  type WorkerRegisterMessage,
  type WorkerUnregisterMessage,
} from '@cuehub/protocol';
import { forbidden, refusal } from '../auth/rights.js';
import { mayUseLane } from '../auth/access.js';
import { awaitsJournal, type Input, type InputKind } from '../core/index.js';
import type { Ids } from './ids.js';
import type { JournalHealth } from './journal-health.js';
import type { Lanes } from './lanes.js';
import type { RequestError } from './port.js';
import { type Settle, settleWhenDurable, tooManyLanes, whenDurable } from './requests.js';
import type { Session } from './session.js';
import type { Sessions } from './sessions.js';
import type { TaskIndex } from './task-index.js';

export interface ExecutorFramesOptions {
  readonly worker_names_max: number;
  readonly ids: Ids;
  readonly health: Pick<JournalHealth, 'wait'>;
  readonly lanes: Lanes;
  readonly index: TaskIndex;
  readonly sessions: Sessions;
}

export class ExecutorFrames {
  readonly #options: ExecutorFramesOptions;

  constructor(options: ExecutorFramesOptions) {
    this.#options = options;
  }

  register(session: Session, message: WorkerRegisterMessage, settle: Settle): void {
    const { lanes, sessions, worker_names_max } = this.#options;
    const refused = refusal(message, session.access);
    if (refused !== null) return settle({ error: refused });
    const lane = message.lane ?? DEFAULT_LANE;
    const known = session.workers.get(lane);
    const names = [...new Set(message.names)];
    const added = names.filter((name) => known?.has(name) !== true).length;
    if (session.names + added > worker_names_max) {
      const text = `a connection registers for ${worker_names_max} names at most; use a name that ends in *`;
      return settle({ error: { code: 'too_many_names', message: text } });
    }
    const runtime = lanes.ensure(lane);
    if (runtime === null) return settle({ error: tooManyLanes() });
    // Before the lane hears of it: it may dispatch at once.
    sessions.register(session, lane, names);
    const { session_id, principal } = session;
    const stepped = runtime.step({ kind: 'worker.register', session_id, principal, names });
    if (message.id !== undefined && stepped.durable !== undefined) runtime.hurry();
    settleWhenDurable(stepped, settle);
  }

  unregister(session: Session, message: WorkerUnregisterMessage, settle: Settle): void {
    const lane = message.lane ?? DEFAULT_LANE;
    const { names } = message;
    const runtime = this.#options.lanes.inMemory(lane);
    runtime?.step({ kind: 'worker.unregister', session_id: session.session_id, names });
    this.#options.sessions.unregister(session, lane, names);
    settle({ ok: {} });
  }

  /** A frame of a run. What it says about a task that is not known here is late. */
  frame(session: Session, message: ExecutorMessage, settle: Settle): void {
    const { index, lanes } = this.#options;
    const lane = index.get(message.task_id);
    const runtime = lane === undefined ? undefined : lanes.inMemory(lane);
    if (runtime === undefined) return settle({ error: staleEpoch(message.task_id) });
    const input = this.#inputOf(message, session.session_id);
    const { reply, durable } = runtime.step(input);
    const told = (): void => settle(reply);
    // That a task is over makes its executor forget the outcome, so that has to be on the disk too.
    const waits =
      'error' in reply ? reply.error.code === 'stale_epoch' && TELLS_OVER.has(input.kind) : awaitsJournal(input);
    if (durable === undefined || !waits) return told();
    if (message.id !== undefined) runtime.hurry();
    // What runs goes on while the journal takes nothing, and it may wait for this before it writes.
    if (input.kind === 'stream.open') this.#options.health.wait(durable, told, told);
    else whenDurable(durable, told, settle);
  }

  heard(session: Session, message: StreamHeardMessage, settle: Settle): void {
    const { index, lanes } = this.#options;
    const refused = refusal(message, session.access);
    if (refused !== null) return settle({ error: refused });
    const { task_id, stream = DEFAULT_STREAM, seq, sink = session.client.name } = message;
    const lane = index.get(task_id);
    const runtime = lane === undefined || (message.lane ?? lane) !== lane ? null : lanes.get(lane);
    if (lane === undefined || runtime === null) {
      return settle({ error: { code: 'not_found', message: `no task ${task_id} here` } });
    }
    if (!mayUseLane(session.access, lane))
      return settle({ error: forbidden(`this token may not use the lane ${lane}`) });
    settle(runtime.step({ kind: 'stream.heard', task_id, stream, seq, sink }).reply);
  }

  #inputOf(message: ExecutorMessage, session_id: string): Input {
    const { task_id, epoch } = message;
    const run = { session_id, task_id, epoch };
    switch (message.type) {
      case 'task.paused':
        return {
          kind: 'task.paused',
          ...run,
          ...(message.checkpoint === undefined ? {} : { checkpoint: message.checkpoint }),
        };
      case 'task.cancelled':
        return { kind: 'task.cancelled', ...run };
      case 'task.progress':
        return {
          kind: 'task.progress',
          ...run,
          ...(message.ratio === undefined ? {} : { ratio: message.ratio }),
          ...(message.note === undefined ? {} : { note: message.note }),
        };
      case 'task.checkpoint':
        return { kind: 'task.checkpoint', ...run, checkpoint: message.checkpoint };
      case 'task.complete':
        return { kind: 'task.complete', ...run, ...(message.result === undefined ? {} : { result: message.result }) };
      case 'task.fail':
        return { kind: 'task.fail', ...run, error: message.error, retryable: message.retryable ?? false };
      case 'floor.hold':
        return {
          kind: 'floor.hold',
          ...run,
          new_hold_id: this.#options.ids.hold(),
          ...(message.hold_id === undefined ? {} : { hold_id: message.hold_id }),
          ...(message.ttl_ms === undefined ? {} : { ttl_ms: message.ttl_ms }),
          ...(message.reason === undefined ? {} : { reason: message.reason }),
        };
      case 'floor.release':
        return { kind: 'floor.release', ...run, hold_id: message.hold_id };
      case 'stream.open':
        return {
          kind: 'stream.open',
          ...run,
          stream: message.stream ?? DEFAULT_STREAM,
          content_type: message.content_type ?? DEFAULT_CONTENT_TYPE,
          can_interrupt: message.can_interrupt ?? true,
          ...(message.from_seq === undefined ? {} : { from_seq: message.from_seq }),
          ...(message.reason === undefined ? {} : { reason: message.reason }),
        };
      case 'stream.chunk':
        return {
          kind: 'stream.chunk',
          ...run,
          stream: message.stream ?? DEFAULT_STREAM,
          seq: message.seq,
          // Kept for a while: a view into the socket's buffer would keep that whole.
          data: typeof message.data === 'string' ? message.data : Uint8Array.from(message.data),
        };
      case 'stream.close':
        return { kind: 'stream.close', ...run, stream: message.stream ?? DEFAULT_STREAM };
    }
  }
}

/** Frames whose `stale_epoch` may be all that an executor hears of its task's end. */
const TELLS_OVER: ReadonlySet<InputKind> = new Set<InputKind>(['task.checkpoint', 'task.complete', 'task.fail']);

function staleEpoch(task_id: string): RequestError {
  return { code: 'stale_epoch', message: `task ${task_id} is not this session's to speak for` };
}
