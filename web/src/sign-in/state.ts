// Whether somebody is signed in, as the hub sees it. Pure.
//
//   signed_out ──typed──► trying ──connected──► signed_in ──refused (4501, 4503), or sign out──► signed_out
//                           └── refused ──► signed_out         kept or linked token ──► signed_in at once
import type { ConnectionChange } from '@cuehub/client';
import { CLOSE_CODES } from '@cuehub/protocol';

export type SignInState =
  /** `problem`: why the form is there (again), in words for people; null when nothing went wrong. */
  | { readonly at: 'signed_out'; readonly problem: string | null }
  /** Typed, and the hub has not answered. `unreachable`: it cannot, and is asked again and again. */
  | { readonly at: 'trying'; readonly unreachable: boolean }
  | { readonly at: 'signed_in' };

/** What a change of the connection that the token opened means for the sign-in. The same object when nothing. */
export function afterConnection(state: SignInState, { status, error }: ConnectionChange): SignInState {
  if (state.at === 'signed_out') return state;
  switch (status) {
    case 'connected':
      return state.at === 'signed_in' ? state : { at: 'signed_in' };
    case 'waiting':
      return state.at === 'trying' && !state.unreachable ? { at: 'trying', unreachable: true } : state;
    case 'closed': {
      const problem = refusalOf(error?.close_code);
      return problem === null ? state : { at: 'signed_out', problem };
    }
    default:
      return state;
  }
}

/** Why the hub refused the token, in words for people; null when it ended the connection for another reason. */
export function refusalOf(close_code: number | undefined): string | null {
  switch (close_code) {
    case CLOSE_CODES.not_authenticated:
      return 'The token is not valid. The hub prints a good one when it starts.';
    case CLOSE_CODES.forbidden:
      return 'The token does not allow this, or the page is served from elsewhere.';
    default:
      return null;
  }
}
