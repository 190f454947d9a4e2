// What the address of the overlay asks for, and the address that asks for it. Options may stand in the fragment or in the
// query, the fragment wins; the token only in the fragment, which browsers never send to a server. What makes no sense is
// told as a problem and replaced by the default.
import { DEFAULT_LANE, NAME_PATTERN } from '@cuehub/protocol';
import { HIDE_AFTER_DEFAULT_MS } from './model.js';

export const POSITIONS = [
  'top-left',
  'top',
  'top-right',
  'left',
  'center',
  'right',
  'bottom-left',
  'bottom',
  'bottom-right',
] as const;
export type Position = (typeof POSITIONS)[number];

/** What can be shown: the reply, who waits, the mode with its lamp, donations and the like. */
export const PARTS = ['bubble', 'queue', 'mode', 'alerts'] as const;
export type Part = (typeof PARTS)[number];
const PARTS_DEFAULT: readonly Part[] = ['bubble', 'mode', 'alerts'];

export const THEMES = {
  glass: { label: 'Glass', position: 'bottom-left', max_lines: 5 },
  comic: { label: 'Comic', position: 'bottom-left', max_lines: 5 },
  terminal: { label: 'Terminal', position: 'bottom-left', max_lines: 6 },
  subtitle: { label: 'Subtitle', position: 'bottom', max_lines: 3 },
} as const satisfies Record<string, { label: string; position: Position; max_lines: number }>;
export type Theme = keyof typeof THEMES;
export const THEME_NAMES = Object.keys(THEMES) as Theme[];

export const SIZE = { min: 0.4, max: 4 } as const;
export const MAX_LINES = { min: 1, max: 20 } as const;
/** Ten minutes at most. */
export const HIDE_AFTER_MS = { min: 0, max: 600_000 } as const;
export const FONT_CHARS_MAX = 60;
/** Letters, digits, spaces and hyphens in any script: a family's name needs no more, and cannot end its quotes. */
const FONT_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N}\p{M} _-]*$/u;

export const NAME_CHARS_MAX = 40;
/** One line of anything that can be seen. */
const ONE_LINE_PATTERN = /^(?=.*\S)[^\p{Cc}\u2028\u2029]+$/u;

export interface OverlayOptions {
  readonly lane: string;
  /** Who speaks, as viewers know them; empty for the names of the client and of the task. */
  readonly name: string;
  readonly theme: Theme;
  /** Name of a font family that the machine has; empty for the theme's own. */
  readonly font: string;
  /** 1 is what the theme calls its size; everything grows with it. */
  readonly size: number;
  readonly position: Position;
  readonly max_lines: number;
  /** How long a reply stays after its end. */
  readonly hide_after_ms: number;
  readonly show: readonly Part[];
}

export interface PageOptions extends OverlayOptions {
  /** Null when the address has none. */
  readonly token: string | null;
  /** What in the address made no sense, each as a sentence that names the option and the way out. */
  readonly problems: readonly string[];
}

export function defaultOptions(theme: Theme = 'glass'): OverlayOptions {
  const { position, max_lines } = THEMES[theme];
  return {
    lane: DEFAULT_LANE,
    name: '',
    theme,
    font: '',
    size: 1,
    position,
    max_lines,
    hide_after_ms: HIDE_AFTER_DEFAULT_MS,
    show: PARTS_DEFAULT,
  };
}

const NAMES: ReadonlySet<string> = new Set(['token', ...Object.keys(defaultOptions())]);

/** `#token=…&lane=main&theme=comic`, and `?theme=comic` for what is no secret. */
export function readPageOptions(fragment: string, query = ''): PageOptions {
  const inFragment = new URLSearchParams(fragment.replace(/^#/, ''));
  const inQuery = new URLSearchParams(query);
  const reader = new Reader((name) => inFragment.get(name) ?? inQuery.get(name));
  for (const name of inFragment.keys()) if (!NAMES.has(name)) reader.unknown(name);
  // A token is base64 more often than not, and in a form-encoded value `+` would be a space.
  const token = inFragment.get('token')?.trim().replaceAll(' ', '+') || null;
  if (inQuery.has('token')) {
    reader.problems.push('A token in the query would be sent and logged, so it is not taken: put it after the #.');
  }
  const theme = reader.oneOf('theme', THEME_NAMES, 'glass');
  const defaults = defaultOptions(theme);
  const options: OverlayOptions = {
    lane: reader.matching('lane', NAME_PATTERN, '1 to 64 letters, digits, _ or -', defaults.lane),
    name: reader.matching(
      'name',
      ONE_LINE_PATTERN,
      `one line of up to ${NAME_CHARS_MAX} characters`,
      defaults.name,
      NAME_CHARS_MAX,
    ),
    theme,
    font: reader.matching('font', FONT_PATTERN, 'the name of a font family', defaults.font, FONT_CHARS_MAX),
    size: reader.number('size', SIZE, defaults.size),
    position: reader.oneOf('position', POSITIONS, defaults.position),
    max_lines: Math.round(reader.number('max_lines', MAX_LINES, defaults.max_lines)),
    hide_after_ms: reader.number('hide_after_ms', HIDE_AFTER_MS, defaults.hide_after_ms),
    show: reader.list('show', PARTS, defaults.show),
  };
  return { ...options, token, problems: reader.problems };
}

class Reader {
  readonly problems: string[] = [];
  readonly #get: (name: string) => string | null;

  constructor(get: (name: string) => string | null) {
    this.#get = get;
  }

  oneOf<T extends string>(name: string, known: readonly T[], otherwise: T): T {
    const given = this.#get(name);
    if (given === null) return otherwise;
    return known.find((value) => value === given) ?? this.#refuse(name, `is one of ${known.join(', ')}`, otherwise);
  }

  list<T extends string>(name: string, known: readonly T[], otherwise: readonly T[]): readonly T[] {
    const given = this.#get(name);
    if (given === null) return otherwise;
    const named = given.split(/[\s,]+/).filter((value) => value !== '');
    const wrong = named.some((value) => !known.some((other) => other === value));
    if (wrong || named.length === 0) return this.#refuse(name, `lists some of ${known.join(', ')}`, otherwise);
    return known.filter((value) => named.includes(value));
  }

  number(name: string, { min, max }: { min: number; max: number }, otherwise: number): number {
    const given = this.#get(name);
    if (given === null) return otherwise;
    const value = given.trim() === '' ? Number.NaN : Number(given);
    if (value >= min && value <= max) return value;
    return this.#refuse(name, `is a number from ${min} to ${max}`, otherwise);
  }

  matching(name: string, pattern: RegExp, what: string, otherwise: string, chars_max = 64): string {
    const given = this.#get(name);
    if (given === null || given === '') return otherwise;
    return given.length <= chars_max && pattern.test(given) ? given : this.#refuse(name, `is ${what}`, otherwise);
  }

  unknown(name: string): void {
    this.problems.push(`${shortened(name)} is no option; there are ${[...NAMES].join(', ')}.`);
  }

  #refuse<T>(name: string, rule: string, otherwise: T): T {
    const used = Array.isArray(otherwise) ? otherwise.join(',') : String(otherwise);
    this.problems.push(`${name} ${rule}${used === '' ? '' : `; ${used} is used`}.`);
    return otherwise;
  }
}

function shortened(name: string): string {
  return name.length > 24 ? `${name.slice(0, 24)}…` : name;
}

/** What differs from the defaults, as it stands behind the #. Commas and spaces of fonts stay readable. */
export function fragmentOf(options: OverlayOptions, token: string | null): string {
  const defaults = defaultOptions(options.theme);
  const fields: [string, string][] = token === null ? [] : [['token', token]];
  const put = (name: keyof OverlayOptions, otherwise: unknown = defaults[name]): void => {
    const value = String(options[name]);
    if (value !== String(otherwise)) fields.push([name, value]);
  };
  put('lane');
  put('theme', 'glass');
  for (const name of ['name', 'font', 'size', 'position', 'max_lines', 'hide_after_ms', 'show'] as const) put(name);
  const escaped = (value: string): string => encodeURIComponent(value).replaceAll('%2C', ',');
  return fields.map(([name, value]) => `${name}=${escaped(value)}`).join('&');
}

/** The address of the overlay of the hub at `root_url`, with the token where it belongs. */
export function overlayLink(root_url: string, token: string | null, options: Partial<OverlayOptions> = {}): string {
  const url = new URL('overlay', root_url);
  const fragment = fragmentOf({ ...defaultOptions(options.theme), ...options }, token);
  return fragment === '' ? url.href : `${url.href}#${fragment}`;
}

/** The address of another page of the hub at `root_url`, with the token where it belongs. */
export function linkTo(
  page: 'console' | 'voice' | '.',
  root_url: string,
  options: { token: string; lane: string },
): string {
  const url = new URL(page, root_url);
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
