// Which tasks are alerts, and what their card says. An alert is known by its task's name, or by `meta.alert`, which also
// turns one off (`false`). What it says comes from `args`, and from fields of the same names in `meta`, which win. Pure;
// payloads are anybody's, so nothing of them is believed to have a shape or a length.
import type { TaskView } from '@cuehub/protocol';

export const ALERT_KINDS = ['donation', 'raid', 'subscription', 'follow', 'command', 'notice'] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

export interface Alert {
  readonly kind: AlertKind;
  /** Who did it; empty when nobody says. */
  readonly from: string;
  /** `$20`, `42 viewers`; empty when there is none. */
  readonly figure: string;
  /** What they say, or the command. */
  readonly message: string;
}

export const FROM_CHARS_MAX = 40;
export const FIGURE_CHARS_MAX = 20;
export const MESSAGE_CHARS_MAX = 240;

const KIND_BY_NAME: ReadonlyMap<string, AlertKind> = new Map([
  ['donation', 'donation'],
  ['tip', 'donation'],
  ['cheer', 'donation'],
  ['super_chat', 'donation'],
  ['raid', 'raid'],
  ['subscription', 'subscription'],
  ['subscribe', 'subscription'],
  ['follow', 'follow'],
  ['voice_command', 'command'],
  ['command', 'command'],
  ['alert', 'notice'],
]);

type Fields = { readonly [key: string]: unknown };

/** Null when the task is none. `args` and `meta` may be missing: then only the kind is known. */
export function alertOf({ name, args, meta }: Pick<TaskView, 'name' | 'args' | 'meta'>): Alert | null {
  const asked = meta?.['alert'];
  if (asked === false) return null;
  const named = typeof asked === 'string' ? (ALERT_KINDS.find((kind) => kind === asked) ?? 'notice') : undefined;
  const kind = named ?? KIND_BY_NAME.get(name) ?? (asked === true ? 'notice' : undefined);
  if (kind === undefined) return null;
  const given: Fields = { ...(isFields(args) ? args : {}), ...meta };
  const message = kind === 'command' ? first(given, 'command', 'message', 'text') : first(given, 'message', 'text');
  return {
    kind,
    from: clipped(first(given, 'from', 'user', 'display_name', 'name'), FROM_CHARS_MAX),
    figure: clipped(figureOf(given), FIGURE_CHARS_MAX),
    message: clipped(message, MESSAGE_CHARS_MAX),
  };
}

/** A short name for the queue: `Ada · $20`. */
export function alertLabel({ from, figure }: Alert): string {
  return [from, figure].filter((part) => part !== '').join(' · ');
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function first(given: Fields, ...names: readonly string[]): string {
  for (const name of names) {
    const value = given[name];
    if (typeof value === 'string' && value.trim() !== '') return value.replace(/\s+/g, ' ').trim();
    if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  }
  return '';
}

function figureOf(given: Fields): string {
  const amount = first(given, 'amount');
  const currency = first(given, 'currency');
  if (amount !== '') return currency === '' || amount.includes(currency) ? amount : `${amount} ${currency}`;
  const bits = first(given, 'bits');
  if (bits !== '') return `${bits} bits`;
  const viewers = first(given, 'viewers', 'viewer_count');
  if (viewers !== '') return viewers === '1' ? '1 viewer' : `${viewers} viewers`;
  const months = first(given, 'months');
  return months === '' ? '' : months === '1' ? '1 month' : `${months} months`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Never in the middle of what a reader takes for one character. */
function clipped(text: string, chars_max: number): string {
  if (text.length <= chars_max) return text;
  let kept = '';
  // A grapheme may be as long as somebody likes: what is far too long is not looked at whole.
  for (const { segment } of graphemes.segment(text.slice(0, chars_max * 8))) {
    if (kept.length + segment.length >= chars_max) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
}
