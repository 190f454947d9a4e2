// From the fields of the form to options, and what that means for the address. Pure: the page reads and writes the fields.
import {
  defaultOptions,
  fragmentOf,
  type OverlayOptions,
  readPageOptions,
  THEME_NAMES,
  type Theme,
} from '../overlay/options.js';

export interface Choices {
  readonly options: OverlayOptions;
  /** By the name of the field. */
  readonly problems: ReadonlyMap<string, string>;
}

/** The fields as a form gives them; `show` may come several times. */
export function choicesOf(fields: Iterable<readonly [name: string, value: string]>): Choices {
  const params = new URLSearchParams();
  const show: string[] = [];
  for (const [name, value] of fields) {
    if (name === 'show') show.push(value);
    else params.set(name, value);
  }
  params.set('show', show.join(','));
  const { token: _token, problems, ...options } = readPageOptions(params.toString().replaceAll('+', '%20'));
  const named = problems.map((problem): [string, string] => [problem.split(' ')[0] ?? '', problem]);
  // Nothing at all is a choice here: the preview then shows nothing, and says that nothing is chosen.
  return { options: show.length === 0 ? { ...options, show: [] } : options, problems: new Map(named) };
}

/** Another theme brings its own place and length, as long as nobody has chosen others. */
export function withTheme(options: OverlayOptions, theme: Theme): OverlayOptions {
  const before = defaultOptions(options.theme);
  const after = defaultOptions(theme);
  return {
    ...options,
    theme,
    position: options.position === before.position ? after.position : options.position,
    max_lines: options.max_lines === before.max_lines ? after.max_lines : options.max_lines,
  };
}

export function themeOf(value: string): Theme {
  return THEME_NAMES.find((theme) => theme === value) ?? 'glass';
}

/** The address as it may be seen by viewers: everything but the token. */
export function withTokenHidden(link: string, token: string): string {
  return link.replace(`token=${encodeURIComponent(token)}`, `token=${'•'.repeat(8)}`);
}

/** What the set-up page keeps in its own address, so that a reload or a bookmark brings it back; never the token. */
export function ownFragment(options: OverlayOptions): string {
  const fragment = fragmentOf(options, null);
  return fragment === '' ? '' : `#${fragment}`;
}
