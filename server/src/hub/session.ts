/**
 * One client across its connections: who it is, what it may do, where it has claims. States:
 *
 *   connected ──► lost ──► (back) connected
 *       │           └────► over: nobody came back within `session_ttl_ms`
 *       └────────────────► over: it said goodbye, or was removed
 */
import type { ClientView, CloseCodeName, ExecutorOrder, TaskSource } from '@cuehub/protocol';
import type { Access } from '../auth/access.js';
import { equalHashes, hashSecret, randomSecret } from '../auth/secrets.js';
import type { SessionRecord } from '../journal/port.js';

/**
 * A resume token names the secrets of a session's last tokens, the newest last. A hub that crashed may know the newest only
 * from before its last write, and then the one before it opens the session: so no welcome has to wait for the disk.
 */
const TOKEN_SECRETS_MAX = 4;
const BETWEEN_SECRETS = '.';

export interface ClientInfo {
  readonly name: string;
  readonly kind: string;
  readonly version?: string;
}

/** The connection that has the session now. */
export interface SessionLink {
  order(order: ExecutorOrder): void;
  /** The session is no longer this connection's. */
  detached(close: CloseCodeName, reason: string): void;
}

export class Session {
  readonly session_id: string;
  readonly principal: string;
  client: ClientInfo;
  access: Access;
  /** Null while the session is lost. */
  link: SessionLink | null = null;
  /** Lanes on which it has registrations or (maybe) claims. */
  readonly lanes = new Set<string>();
  readonly workers = new Map<string, Set<string>>();
  #resume_hash = '';
  #previous_hash: string | null = null;
  /** Those of the tokens that the journal may have at this moment, the newest last. */
  #secrets: string[] = [];

  constructor(session_id: string, access: Access, client: ClientInfo) {
    this.session_id = session_id;
    this.principal = access.principal;
    this.access = access;
    this.client = client;
  }

  static restore(record: SessionRecord, access: Access): Session {
    const session = new Session(record.session_id, access, record.client);
    session.#resume_hash = record.resume_hash;
    session.#previous_hash = record.previous_hash;
    for (const lane of record.lanes) session.lanes.add(lane);
    for (const [lane, names] of Object.entries(record.workers)) session.workers.set(lane, new Set(names));
    return session;
  }

  get source(): TaskSource {
    return { session_id: this.session_id, client_name: this.client.name, kind: this.client.kind };
  }

  get names(): number {
    let names = 0;
    for (const of of this.workers.values()) names += of.size;
    return names;
  }

  /** Whether it runs tasks or may be asked to: such a session keeps its socket when it reads slowly. */
  get isExecutor(): boolean {
    return this.lanes.size > 0;
  }

  /**
   * Makes a new resume token. The one the client came with stays good until `confirm`: the new one may never reach it,
   * however often it tries.
   */
  renew(came_with: string | null): string {
    const secret = randomSecret();
    const known = came_with?.split(BETWEEN_SECRETS) ?? [];
    const newest = known.at(-1);
    // What opened a session that came back from the journal is what the journal has.
    if (this.#secrets.length === 0) this.#secrets.push(...known.filter((earlier) => this.#has(earlier)));
    this.#previous_hash = newest === undefined ? null : hashSecret(newest);
    this.#resume_hash = hashSecret(secret);
    this.#secrets.push(secret);
    // The first is the one that the journal surely has.
    if (this.#secrets.length > TOKEN_SECRETS_MAX) this.#secrets.splice(1, 1);
    return this.#secrets.join(BETWEEN_SECRETS);
  }

  /** The journal has this, and nothing of before it. */
  saved({ resume_hash }: SessionRecord): void {
    const at = this.#secrets.findIndex((secret) => hashSecret(secret) === resume_hash);
    if (at > 0) this.#secrets = this.#secrets.slice(at);
  }

  /** The client has shown that it got the new token. False when that was known. */
  confirm(): boolean {
    if (this.#previous_hash === null) return false;
    this.#previous_hash = null;
    return true;
  }

  opens(resume_token: string): boolean {
    const secrets = resume_token.split(BETWEEN_SECRETS).slice(-TOKEN_SECRETS_MAX);
    return secrets.filter((secret) => this.#has(secret)).length > 0;
  }

  #has(secret: string): boolean {
    const given = hashSecret(secret);
    const current = equalHashes(given, this.#resume_hash);
    const previous = equalHashes(given, this.#previous_hash ?? '');
    return current || previous;
  }

  record(): SessionRecord {
    return {
      session_id: this.session_id,
      principal: this.principal,
      client: this.client,
      resume_hash: this.#resume_hash,
      previous_hash: this.#previous_hash,
      workers: Object.fromEntries([...this.workers].map(([lane, names]) => [lane, [...names]])),
      lanes: [...this.lanes],
    };
  }

  view(): ClientView {
    const { name, kind, version } = this.client;
    return {
      session_id: this.session_id,
      name,
      kind,
      ...(version === undefined ? {} : { version }),
      connected: this.link !== null,
      roles: this.access.grants.roles,
      workers: Object.fromEntries([...this.workers].map(([lane, names]) => [lane, [...names]])),
    };
  }
}
