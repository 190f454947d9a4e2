// What the address of the page asks for. The token stands in the fragment, which browsers never send to a server.
import { DEFAULT_LANE, NAME_PATTERN } from '@cuehub/protocol';
import { tokenIn } from '../sign-in/token.js';
import { LINGER_DEFAULT_MS } from './model.js';

/** Longest time that the text of an ended reply may stay. */
export const LINGER_MAX_MS = 10 * 60_000;

export const SIDES = ['left', 'center', 'right'] as const;
export type Side = (typeof SIDES)[number];

export interface PageOptions {
  /** Null when the address has none. */
  readonly token: string | null;
  readonly lane: string;
  readonly side: Side;
  readonly badge: boolean;
  readonly linger_ms: number;
}

export const DEFAULT_PAGE_OPTIONS: PageOptions = {
  token: null,
  lane: DEFAULT_LANE,
  side: 'left',
  badge: true,
  linger_ms: LINGER_DEFAULT_MS,
};

/** `#token=…&lane=main&side=left&badge=off&linger_ms=6000`; what makes no sense is as if it were not there. */
export function readPageOptions(fragment: string): PageOptions {
  const given = new URLSearchParams(fragment.replace(/^#/, ''));
  const lane = given.get('lane') ?? '';
  const linger_ms = Number(given.get('linger_ms') ?? Number.NaN);
  return {
    token: tokenIn(fragment),
    lane: NAME_PATTERN.test(lane) ? lane : DEFAULT_PAGE_OPTIONS.lane,
    side: SIDES.find((side) => side === given.get('side')) ?? DEFAULT_PAGE_OPTIONS.side,
    badge: given.get('badge') !== 'off',
    linger_ms: linger_ms >= 0 && linger_ms <= LINGER_MAX_MS ? linger_ms : DEFAULT_PAGE_OPTIONS.linger_ms,
  };
}

/** The address of a page beside `page_url`, with the token where it belongs. */
export function linkTo(
  page: 'overlay' | 'console' | 'voice' | '.',
  page_url: string,
  options: { token: string; lane: string },
): string {
  const url = new URL(page, page_url);
  const fragment = new URLSearchParams({ token: options.token });
  if (options.lane !== DEFAULT_LANE) fragment.set('lane', options.lane);
  url.hash = fragment.toString();
  return url.href;
}

/** The hub's socket, beside the page: `http://host/x/overlay` → `ws://host/x/ws`. */
export function socketUrl(page_url: string): string {
  const url = new URL('ws', page_url);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
