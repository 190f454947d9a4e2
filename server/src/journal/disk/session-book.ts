/** The sessions that have claims, as they are kept. */
import type { SessionRecord } from '../port.js';
import type { Ops } from './ops.js';

export class SessionBook {
  readonly #sessions = new Map<string, SessionRecord>();
  readonly #changed = new Set<string>();

  /** One that is in the store. */
  restore(session: SessionRecord): void {
    this.#sessions.set(session.session_id, session);
  }

  save(session: SessionRecord): void {
    this.#sessions.set(session.session_id, session);
    this.#changed.add(session.session_id);
  }

  end(session_id: string): void {
    this.#sessions.delete(session_id);
    this.#changed.add(session_id);
  }

  writeChanged(ops: Ops): void {
    for (const id of this.#changed) {
      const session = this.#sessions.get(id);
      if (session === undefined) ops.delete('sessions', Buffer.from(id));
      else write(ops, session);
    }
    this.#changed.clear();
  }

  /** In place of whatever the store has. */
  writeAll(ops: Ops): void {
    ops.deletePrefix('sessions', Buffer.alloc(0));
    for (const session of this.#sessions.values()) write(ops, session);
  }
}

function write(ops: Ops, session: SessionRecord): void {
  ops.put('sessions', Buffer.from(session.session_id), JSON.stringify(session));
}
