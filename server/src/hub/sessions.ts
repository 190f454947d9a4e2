/**
 * All sessions: who is here, who may come back, who is gone. Tells the lanes, which judge what becomes of the claims.
 * The handshake's messages are the gateway's.
 */
import type { ExecutorOrder, Holding } from '@cuehub/protocol';
import { type Access, mayUseLane, hasRole } from '../auth/access.js';
import type { Clock, Timer } from '../config/clock.js';
import type { Input } from '../core/index.js';
import type { Journal } from '../journal/port.js';
import type { Ids } from './ids.js';
import type { Lanes } from './lanes.js';
import type { Load } from './load.js';
import type { Presence } from './presence.js';
import { type ClientInfo, Session, type SessionLink } from './session.js';
import type { TaskIndex } from './task-index.js';

export interface SessionsOptions {
  readonly session_ttl_ms: number;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly journal: Pick<Journal, 'saveSession' | 'endSession'>;
  readonly lanes: Lanes;
  readonly load: Load;
  readonly index: TaskIndex;
  readonly presence: Presence;
}

export interface Hello {
  readonly access: Access;
  readonly client: ClientInfo;
  readonly resume?: { readonly session_id: string; readonly resume_token: string } | undefined;
  readonly holding: readonly Holding[];
  readonly link: SessionLink;
}

export interface Welcomed {
  readonly session: Session;
  readonly resume_token: string;
  readonly resumed: boolean;
  readonly adopted: string[];
  readonly released: string[];
}

export class Sessions {
  readonly #options: SessionsOptions;
  readonly #sessions = new Map<string, Session>();
  /** Of lost sessions: when they are over. */
  readonly #ends = new Map<string, Timer>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get(session_id: string): Session | undefined {
    return this.#sessions.get(session_id);
  }

  get size(): number {
    return this.#sessions.size;
  }

  views(): ReturnType<Session['view']>[] {
    return [...this.#sessions.values()].map((session) => session.view());
  }

  /** Orders that come of this reach `link` before it returns; the gateway sends `welcome` before them. */
  hello({ access, client, resume, holding, link }: Hello): Welcomed {
    const known = resume === undefined ? undefined : this.#sessions.get(resume.session_id);
    const resumed =
      known !== undefined &&
      resume !== undefined &&
      known.principal === access.principal &&
      known.opens(resume.resume_token);
    const session = resumed ? known : new Session(this.#options.ids.session(), access, client);
    // The last hello wins. The lanes hear of the loss first, so that what ran is paused for whoever goes on with it.
    if (session.link !== null) this.#detach(session, 'session_taken_over', 'another connection resumed this session');
    const before = session.lanes.size;
    this.#ends.get(session.session_id)?.cancel();
    this.#ends.delete(session.session_id);
    this.#sessions.set(session.session_id, session);
    session.client = client;
    session.access = access;
    session.link = link;
    const resume_token = session.renew(resumed ? resume.resume_token : null);
    if (resumed) this.#dropForbiddenWorkers(session);
    const { adopted, released } = this.#tellLanes(session, resumed, holding);
    if (resumed) this.#tellRegistrations(session);
    if (before > 0) this.#save(session);
    this.#options.presence.client('client.joined', session.view());
    return { session, resume_token, resumed, adopted, released };
  }

  /** The first frame after `welcome`: the resume token before is no longer good. */
  confirm(session: Session): void {
    if (session.confirm() && session.lanes.size > 0) this.#save(session);
  }

  /** The session's socket ended. `goodbye`: on purpose, so its claims end with it. */
  left(session: Session, link: SessionLink, goodbye: boolean): void {
    if (session.link !== link) return;
    session.link = null;
    if (goodbye) {
      this.#over(session);
      this.#options.presence.client('client.left', session.view());
      return;
    }
    this.#lost(session);
    this.#options.presence.client('client.left', session.view());
  }

  /** An operator sends it away. */
  remove(session: Session): void {
    const { link } = session;
    session.link = null;
    this.#over(session);
    link?.detached('removed', 'removed by an operator');
    this.#options.presence.client('client.left', session.view());
  }

  /** It has, or is about to have, a claim or a registration on this lane. */
  claims(session: Session, lane: string): void {
    if (session.lanes.has(lane)) return;
    session.lanes.add(lane);
    this.#save(session);
  }

  order(session_id: string, order: ExecutorOrder): void {
    const session = this.#sessions.get(session_id);
    if (session === undefined) return;
    if (order.type === 'task.dispatch') this.claims(session, order.lane);
    session.link?.order(order);
  }

  register(session: Session, lane: string, names: readonly string[]): void {
    const known = session.workers.get(lane) ?? new Set<string>();
    const added = names.filter((name) => !known.has(name));
    for (const name of names) known.add(name);
    session.workers.set(lane, known);
    session.lanes.add(lane);
    this.#save(session);
    if (added.length > 0) this.#options.presence.worker('worker.registered', session.view(), lane, added);
  }

  unregister(session: Session, lane: string, names: readonly string[]): void {
    const known = session.workers.get(lane);
    if (known === undefined) return;
    const gone = names.filter((name) => known.delete(name));
    if (known.size === 0) session.workers.delete(lane);
    this.#save(session);
    if (gone.length > 0) this.#options.presence.worker('worker.unregistered', session.view(), lane, gone);
  }

  /** Rights changed in band: registrations on lanes that are no longer allowed end. */
  refreshed(session: Session, access: Access): void {
    session.access = access;
    this.#dropForbiddenWorkers(session);
  }

  /** After a restart of the hub: every session that had claims is lost from now on. */
  restore(session: Session): void {
    this.#sessions.set(session.session_id, session);
    this.#armEnd(session);
  }

  close(): void {
    for (const timer of this.#ends.values()) timer.cancel();
    this.#ends.clear();
  }

  #tellLanes(
    session: Session,
    resumed: boolean,
    holding: readonly Holding[],
  ): { adopted: string[]; released: string[] } {
    const { lanes, index } = this.#options;
    const held = new Map<string, Holding[]>();
    if (resumed) for (const lane of session.lanes) held.set(lane, []);
    for (const run of holding) {
      const lane = index.get(run.task_id);
      if (lane === undefined) continue;
      const runs = held.get(lane);
      if (runs === undefined) held.set(lane, [run]);
      else runs.push(run);
    }
    const adopted: string[] = [];
    for (const [lane, runs] of held) {
      const runtime = lanes.get(lane);
      if (runtime === null) continue;
      const { session_id, principal } = session;
      const { reply, durable } = runtime.step({
        kind: 'session.hello',
        session_id,
        principal,
        resumed,
        holding: runs,
        ...(resumed ? { names: [...(session.workers.get(lane) ?? [])] } : {}),
      });
      if ('error' in reply) continue;
      const mine = (reply.ok as Partial<Adoption>).adopted ?? [];
      // What the client is about to forget may be an end that is on its way to the disk.
      if (durable !== undefined && mine.length < runs.length) runtime.hurry();
      if (mine.length > 0) this.claims(session, lane);
      adopted.push(...mine);
    }
    const kept = new Set(adopted);
    const released = [...new Set(holding.map(({ task_id }) => task_id))].filter((task_id) => !kept.has(task_id));
    return { adopted: [...kept], released };
  }

  /** The lanes that were not told with the hello: those that were not there any more. */
  #tellRegistrations(session: Session): void {
    const { session_id, principal } = session;
    for (const [lane, names] of session.workers) {
      const runtime = this.#options.lanes.ensure(lane);
      runtime?.step({ kind: 'worker.register', session_id, principal, names: [...names] });
    }
  }

  #detach(session: Session, close: 'session_taken_over', reason: string): void {
    const { link } = session;
    session.link = null;
    this.#tell(session, { kind: 'session.lost', session_id: session.session_id });
    link?.detached(close, reason);
    this.#options.presence.client('client.left', session.view());
  }

  #lost(session: Session): void {
    this.#tell(session, { kind: 'session.lost', session_id: session.session_id });
    this.#armEnd(session);
  }

  #armEnd(session: Session): void {
    const timer = this.#options.clock.after(this.#options.session_ttl_ms, () => this.#over(session));
    this.#ends.set(session.session_id, timer);
  }

  #over(session: Session): void {
    const { session_id } = session;
    this.#ends.get(session_id)?.cancel();
    this.#ends.delete(session_id);
    this.#sessions.delete(session_id);
    this.#tell(session, { kind: 'session.ended', session_id });
    this.#options.load.forget(session_id);
    for (const [lane, names] of session.workers) {
      session.workers.delete(lane);
      this.#options.presence.worker('worker.unregistered', session.view(), lane, [...names]);
    }
    if (session.lanes.size > 0) void this.#options.journal.endSession(session_id)?.catch(() => {});
  }

  #tell(session: Session, input: Input): void {
    // A lane that left memory has no claims left.
    for (const lane of session.lanes) this.#options.lanes.inMemory(lane)?.step(input);
  }

  #dropForbiddenWorkers(session: Session): void {
    const { access, session_id } = session;
    for (const [lane, names] of session.workers) {
      if (hasRole(access, 'worker') && mayUseLane(access, lane)) continue;
      const gone = [...names];
      this.#options.lanes.inMemory(lane)?.step({ kind: 'worker.unregister', session_id, names: gone });
      this.unregister(session, lane, gone);
    }
  }

  #save(session: Session): void {
    // A session that is not on disk is one that cannot be resumed after a crash; nothing acknowledged depends on it.
    const record = session.record();
    const durable = this.#options.journal.saveSession(record);
    if (durable === undefined) session.saved(record);
    else
      durable.then(
        () => session.saved(record),
        () => {},
      );
  }
}

interface Adoption {
  readonly adopted: readonly string[];
}
