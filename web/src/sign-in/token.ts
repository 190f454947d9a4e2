// Where a token may stand: in the fragment of an address, which no browser ever sends, or in what somebody typed.
// Pure. A token is only ever handed on, never put into a message.
import { TEXT_LIMITS } from '@cuehub/protocol';

/** `#token=…&lane=main` → the token; null when there is none. */
export function tokenIn(fragment: string): string | null {
  const given = new URLSearchParams(fragment.replace(/^#/, '')).get('token');
  // A token is base64 more often than not, and in a form-encoded value `+` would be a space.
  return given?.trim().replaceAll(' ', '+') || null;
}

/** The fragment without its token, as it is written otherwise; empty when nothing is left. */
export function withoutToken(fragment: string): string {
  const rest = fragment
    .replace(/^#/, '')
    .split('&')
    .filter((part) => part !== '' && !/^token(=|$)/.test(part));
  return rest.length === 0 ? '' : `#${rest.join('&')}`;
}

export type Typed = { readonly token: string } | { readonly problem: string };

/** What was typed or pasted as a token: also a whole link with the token behind its #, and `token=…`. */
export function tokenTyped(text: string): Typed {
  const typed = text.trim();
  if (typed === '') return { problem: 'The token is empty. The hub prints one when it starts.' };
  if (/^https?:\/\//i.test(typed)) {
    const token = tokenIn(typed.slice((typed.indexOf('#') + 1 || typed.length + 1) - 1));
    return token === null ? { problem: 'This link has no token behind its #. Paste the token itself.' } : { token };
  }
  const token = /^#?token=/.test(typed) ? (tokenIn(typed) ?? '') : typed;
  if (token === '') return { problem: 'The token is empty. The hub prints one when it starts.' };
  if (/\s/.test(token)) return { problem: 'A token has no spaces or line breaks. Copy it alone, without its label.' };
  if (token.length > TEXT_LIMITS.token_chars_max) return { problem: 'This is too long for a token. Copy it alone.' };
  return { token };
}
