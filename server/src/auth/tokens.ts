/** The tokens this hub takes. Keeps their hashes only, and takes the same time whichever of them is tried. */
import type { Grants } from '@cuehub/protocol';
import type { Access } from './access.js';
import { equalHashes, hashSecret } from './secrets.js';

export interface TokenEntry {
  readonly name: string;
  readonly token: string;
  readonly roles: Grants['roles'];
  readonly lanes: Grants['lanes'];
  readonly max_priority: Grants['max_priority'];
  readonly expires_at?: number | undefined;
}

export class Tokens {
  readonly #known: readonly { readonly hash: string; readonly access: Access }[];

  constructor(entries: readonly TokenEntry[]) {
    this.#known = entries.map(({ name, token, roles, lanes, max_priority, expires_at }) => ({
      hash: hashSecret(token),
      access: {
        principal: name,
        grants: { roles: [...roles], lanes: [...lanes], max_priority },
        ...(expires_at === undefined ? {} : { expires_at }),
      },
    }));
  }

  /** Null when the token is unknown or over. Compares with every token there is, so that time tells nothing. */
  authenticate(token: string | undefined, now_ms: number): Access | null {
    if (token === undefined) return null;
    const given = hashSecret(token);
    let found: Access | null = null;
    for (const { hash, access } of this.#known) {
      if (equalHashes(given, hash)) found = access;
    }
    if (found?.expires_at !== undefined && found.expires_at <= now_ms) return null;
    return found;
  }
}
