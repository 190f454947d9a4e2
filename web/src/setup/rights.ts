// Which token goes into the address. One that only watches goes in as it is. One that may do more is replaced by the hub's
// watch-only token; where the hub has none, the streamer is told plainly, and decides.
import type { Grants } from '@cuehub/protocol';

export interface AddressToken {
  /** Null: not without being asked. */
  readonly token: string | null;
  /** Said beside the address. */
  readonly text: string;
  readonly kind: 'good' | 'replaced' | 'warning';
}

export function watchesOnly({ roles }: Pick<Grants, 'roles'>): boolean {
  return roles.every((role) => role === 'observer');
}

/** `watch_token` is what the hub answered; null when it has none for this token. */
export function addressToken(
  signed_in: { readonly token: string; readonly grants: Pick<Grants, 'roles' | 'lanes'> },
  watch_token: string | null,
  use_anyway: boolean,
): AddressToken {
  const { token, grants } = signed_in;
  if (watchesOnly(grants))
    return { token, kind: 'good', text: 'This token can only watch. It is the right one for OBS.' };
  if (watch_token !== null) {
    const text =
      'Your token can do more than watch, so it stays here. The address has the watch-only token of this hub.';
    return { token: watch_token, kind: 'replaced', text };
  }
  const can = grants.roles.includes('operator')
    ? 'submit tasks, stop the hub’s lanes and remove clients'
    : grants.roles.includes('producer')
      ? 'submit tasks'
      : 'run tasks';
  const text = `This token can do more than watch: whoever sees the address can ${can}. Start the hub with --watch-token, or sign in with a token that only watches.`;
  return { token: use_anyway ? token : null, kind: 'warning', text };
}

/** Asks the hub; null when it has none, or does not tell this token, or cannot be asked. */
export async function fetchWatchToken(root_url: string, token: string): Promise<string | null> {
  try {
    const response = await fetch(new URL('v1/watch-token', root_url), {
      headers: { Authorization: `Bearer ${token}` },
    });
    const body: unknown = response.ok ? await response.json() : null;
    if (typeof body !== 'object' || body === null || !('token' in body)) return null;
    return typeof body.token === 'string' ? body.token : null;
  } catch {
    return null;
  }
}
