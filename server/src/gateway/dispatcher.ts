/**
 * What each message of an open connection does: the way from a parsed message to the part of the hub that owns it, and
 * the answer back. Exactly one answer to a request with an `id`; to others only what went wrong.
 */
import {
  type ClientMessage,
  type ClientMessageType,
  DEFAULT_LANE,
  DEFAULT_TOPICS,
  type Encoding,
  type ExecutorMessage,
  type HubMessage,
  type RequestId,
  type SubscribeMessage,
} from '@cuehub/protocol';
import type { Access } from '../auth/access.js';
import { refusal } from '../auth/rights.js';
import type { Hub } from '../hub/hub.js';
import type { Outcome, PlainRequest, RequestError } from '../hub/port.js';
import type { GiveUp } from '../hub/requests.js';
import type { Session } from '../hub/session.js';
import type { ConnectionWatcher } from './connection-watcher.js';
import { LateFrames } from './late-frames.js';
import { errorMessage, okMessage } from './replies.js';

/** Ends that one connection may wait for at a time. */
const WAITS_MAX = 10_000;

const EXECUTOR_TYPES: ReadonlySet<string> = new Set<ExecutorMessage['type']>([
  'task.paused',
  'task.cancelled',
  'task.progress',
  'task.checkpoint',
  'task.complete',
  'task.fail',
  'floor.hold',
  'floor.release',
  'stream.open',
  'stream.chunk',
  'stream.close',
]);

/** Not counted as requests: what a run needs, and signs of life. */
const FREE_TYPES: ReadonlySet<string> = new Set<ClientMessageType>([
  ...(EXECUTOR_TYPES as ReadonlySet<ExecutorMessage['type']>),
  'worker.register',
  'worker.unregister',
  'stream.heard',
  'pong',
]);

export interface DispatcherOptions {
  readonly hub: Hub;
  readonly watcher: ConnectionWatcher;
  readonly send: (message: HubMessage) => void;
  /** The connection has another token now. */
  readonly refreshed: (access: Access) => void;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #late = new LateFrames();
  readonly #waits = new Set<GiveUp>();
  #closed = false;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  static isFree(type: string | undefined): boolean {
    return type !== undefined && FREE_TYPES.has(type);
  }

  dispatch(message: ClientMessage, session: Session, encoding: Encoding): void {
    const { hub, watcher } = this.#options;
    switch (message.type) {
      case 'pong':
        return;
      case 'ping':
        return this.#ok(message.id, { at: hub.config.clock.now() });
      case 'hello':
        return this.#error(message.id, { code: 'already_said_hello', message: 'hello comes once' });
      case 'auth.refresh':
        return this.#refresh(message.id, message.token, session);
      case 'subscribe':
        return this.#subscribe(message, session, encoding);
      case 'unsubscribe':
        watcher.unsubscribe(message.lane ?? DEFAULT_LANE);
        return this.#ok(message.id, {});
      case 'watch.pause':
        watcher.pause();
        return this.#ok(message.id, {});
      case 'watch.resume':
        this.#ok(message.id, {});
        return watcher.resume();
      case 'worker.register':
        return hub.executors.register(session, message, (outcome) => this.#answer(message.id, outcome));
      case 'worker.unregister':
        return hub.executors.unregister(session, message, (outcome) => this.#answer(message.id, outcome));
      case 'stream.heard':
        return hub.executors.heard(session, message, (outcome) => this.#answer(message.id, outcome));
      case 'task.paused':
      case 'task.cancelled':
      case 'task.progress':
      case 'task.checkpoint':
      case 'task.complete':
      case 'task.fail':
      case 'floor.hold':
      case 'floor.release':
      case 'stream.open':
      case 'stream.chunk':
      case 'stream.close':
        return hub.executors.frame(session, message, (outcome) => this.#answerFrame(message, outcome));
      default:
        return this.#request(message, session);
    }
  }

  /** Nothing is answered any more, and nobody waits any more. */
  close(): void {
    this.#closed = true;
    for (const giveUp of this.#waits) giveUp();
    this.#waits.clear();
  }

  #request(message: PlainRequest, session: Session): void {
    const { requests } = this.#options.hub;
    const caller = { access: session.access, source: session.source, waits: message.id !== undefined };
    if (message.type !== 'task.wait') {
      requests.perform(message, caller, (outcome) => this.#answer(message.id, outcome));
      return;
    }
    // Nobody would hear the answer.
    if (message.id === undefined) return;
    if (this.#waits.size >= WAITS_MAX) {
      return this.#error(message.id, {
        code: 'rate_limited',
        message: `a connection waits for ${WAITS_MAX} tasks at most`,
      });
    }
    const wait = { giveUp: (): void => {}, settled: false };
    wait.giveUp = requests.perform(message, caller, (outcome) => {
      wait.settled = true;
      this.#waits.delete(wait.giveUp);
      this.#answer(message.id, outcome);
    });
    if (!wait.settled) this.#waits.add(wait.giveUp);
  }

  #subscribe(message: SubscribeMessage, session: Session, encoding: Encoding): void {
    const refused = refusal(message, session.access);
    if (refused !== null) return this.#error(message.id, refused);
    if (encoding === 'json' && (message.topics ?? DEFAULT_TOPICS).includes('audio')) {
      return this.#error(message.id, {
        code: 'encoding_unsupported',
        message: 'audio needs MessagePack: connect with cuehub.v1.msgpack',
      });
    }
    this.#options.watcher.subscribe(message, session.access, (outcome) => {
      if ('error' in outcome) this.#error(message.id, outcome.error);
      else this.#ok(message.id, { ...outcome.ok });
    });
  }

  #refresh(id: RequestId | undefined, token: string, session: Session): void {
    const { hub, watcher, refreshed, send } = this.#options;
    const access = hub.authenticate(token);
    if (access === null) return this.#error(id, { code: 'unauthenticated', message: 'this token is not known here' });
    if (access.principal !== session.principal) {
      return this.#error(id, {
        code: 'forbidden',
        message: 'this token is of another principal; connect anew with it',
      });
    }
    hub.sessions.refreshed(session, access);
    refreshed(access);
    this.#ok(id, { grants: access.grants });
    for (const lane of watcher.refreshed(access)) send({ type: 'unsubscribed', lane, reason: 'forbidden' });
  }

  #answer(id: RequestId | undefined, outcome: Outcome): void {
    if ('error' in outcome) this.#error(id, outcome.error);
    else this.#ok(id, outcome.ok);
  }

  #answerFrame(message: ExecutorMessage, outcome: Outcome): void {
    if (!('error' in outcome)) return this.#ok(message.id, outcome.ok);
    const { task_id, epoch } = message;
    const late = outcome.error.code === 'stale_epoch';
    if (late && message.id === undefined && !this.#late.first(task_id, epoch)) return;
    if (!this.#closed) this.#options.send(errorMessage(message.id, outcome.error, { task_id, epoch }));
  }

  #ok(id: RequestId | undefined, fields: Readonly<Record<string, unknown>>): void {
    if (id !== undefined && !this.#closed) this.#options.send(okMessage(id, fields));
  }

  #error(id: RequestId | undefined, error: RequestError): void {
    if (!this.#closed) this.#options.send(errorMessage(id, error));
  }
}
