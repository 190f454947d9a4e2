// The set-up page: the form, the preview, and the address that comes of them. What the fields mean is in setup/choices.ts,
// which token may go into the address in setup/rights.ts.
import { connect, type CueHub } from '@cuehub/client';
import type { Grants } from '@cuehub/protocol';
import {
  type OverlayOptions,
  overlayLink,
  POSITIONS,
  readPageOptions,
  socketUrl,
  THEME_NAMES,
  THEMES,
} from './overlay/options.js';
import { part } from './page.js';
import { SecretLink } from './secret-link.js';
import { choicesOf, ownFragment, themeOf, withTheme } from './setup/choices.js';
import { Preview } from './setup/preview.js';
import { addressToken, fetchWatchToken, watchesOnly } from './setup/rights.js';
import { SCENES, type SceneName } from './setup/scenes.js';
import { SignIn } from './sign-in/sign-in.js';

/** The page stands below the overlay's: the hub is one up. */
const ROOT_URL = new URL('..', location.href).href;

const form = part('options', HTMLFormElement);
const screen = part('screen', HTMLDivElement);
const link = new SecretLink(part('link', HTMLInputElement), part('copy', HTMLButtonElement));
const open = part('open', HTMLAnchorElement);
const useAnyway = part('use-anyway', HTMLInputElement);

let options: OverlayOptions = readPageOptions(location.hash);
let signedIn: { token: string; grants: Grants } | null = null;
let watchToken: string | null = null;
let hub: CueHub | undefined;

makeChoices();
fill(options);
const preview = new Preview(part('stage', HTMLDivElement), screen, options);
const signIn = new SignIn({
  place: part('sign-in', HTMLDivElement),
  title: 'Sign in to get the address',
  text: 'With a token of the hub. Best is the one that only watches, which the hub printed with the overlay’s address.',
  enter,
  leave: () => {
    hub?.close();
    hub = undefined;
    signedIn = watchToken = null;
    showAddress();
  },
});
form.addEventListener('input', (event) => changed(event.target));
form.addEventListener('submit', (event) => event.preventDefault());
part('backgrounds', HTMLFieldSetElement).addEventListener('change', ({ target }) => {
  if (target instanceof HTMLInputElement) screen.dataset['scene'] = target.value;
});
useAnyway.addEventListener('change', showAddress);
part('sign-out', HTMLButtonElement).addEventListener('click', () => signIn.signOut());
// It takes the token out of the address, which is written anew after that.
signIn.start();
changed(null);
preview.play('interruption');

/** The choices that the options themselves know. */
function makeChoices(): void {
  for (const theme of THEME_NAMES) {
    const label = choice('themes', 'radio', 'theme', theme, THEMES[theme].label);
    const swatch = document.createElement('span');
    swatch.className = 'swatch';
    swatch.dataset['theme'] = theme;
    swatch.textContent = 'Hello!';
    swatch.setAttribute('aria-hidden', 'true');
    label.querySelector('input')?.after(swatch);
  }
  for (const position of POSITIONS) choice('positions', 'radio', 'position', position, position.replace('-', ' '));
  for (const scene of Object.keys(SCENES) as SceneName[]) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = SCENES[scene].label;
    button.addEventListener('click', () => preview.play(scene));
    part('scenes', HTMLDivElement).append(button);
  }
}

function choice(place: string, type: string, name: string, value: string, text: string): HTMLLabelElement {
  const label = document.createElement('label');
  const input = document.createElement('input');
  Object.assign(input, { type, name, value });
  const caption = document.createElement('span');
  caption.className = 'caption';
  caption.textContent = text;
  label.append(input, caption);
  part(place, HTMLFieldSetElement).append(label);
  return label;
}

/** Puts options into the fields. */
function fill(given: OverlayOptions): void {
  for (const input of form.elements) {
    if (!(input instanceof HTMLInputElement)) continue;
    const name = input.name as keyof OverlayOptions;
    if (name === 'show') input.checked = given.show.some((shown) => shown === input.value);
    else if (input.type === 'radio') input.checked = given[name] === input.value;
    else input.value = String(given[name]);
  }
}

function changed(target: EventTarget | null): void {
  if (target instanceof HTMLInputElement && target.name === 'theme') fill(withTheme(options, themeOf(target.value)));
  const fields = [...new FormData(form)].map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : '',
  ]);
  const chosen = choicesOf(fields);
  options = chosen.options;
  part('size-shown', HTMLOutputElement).value = `${Math.round(options.size * 100)} %`;
  part('max-lines-shown', HTMLOutputElement).value = String(options.max_lines);
  part('hide-after-shown', HTMLOutputElement).value = `${options.hide_after_ms / 1_000} s`;
  for (const name of ['name', 'font', 'lane']) {
    const problem = chosen.problems.get(name) ?? '';
    part(`${name}-problem`, HTMLSpanElement).textContent = problem;
    part(name, HTMLInputElement).setAttribute('aria-invalid', String(problem !== ''));
  }
  preview.dress(options);
  history.replaceState(history.state, '', location.pathname + location.search + ownFragment(options));
  showAddress();
}

function enter(token: string): void {
  hub = connect(socketUrl(ROOT_URL), { token, client: { name: 'setup', kind: 'setup' } });
  const opened = hub;
  opened.on('connection', (change) => {
    signIn.connection(change);
    const grants = opened === hub ? opened.welcome?.grants : undefined;
    if (change.status === 'connected' && grants !== undefined) void signedInWith(token, grants);
  });
}

async function signedInWith(token: string, grants: Grants): Promise<void> {
  const found = watchesOnly(grants) ? null : await fetchWatchToken(ROOT_URL, token);
  // Somebody may have signed out, and in again, while the hub was asked.
  if (signIn.token !== token) return;
  signedIn = { token, grants };
  watchToken = found;
  showAddress();
}

function showAddress(): void {
  part('signed-in', HTMLDivElement).hidden = signedIn === null;
  if (signedIn === null) return link.show('', null);
  const { token, kind, text } = addressToken(signedIn, watchToken, useAnyway.checked);
  const rights = part('rights', HTMLParagraphElement);
  rights.textContent =
    options.show.length === 0 ? 'Nothing is chosen under “Show”: the overlay would stay empty.' : text;
  rights.dataset['kind'] = options.show.length === 0 ? 'warning' : kind;
  part('consent', HTMLLabelElement).hidden = kind !== 'warning';
  open.href = overlayLink(ROOT_URL, token, options);
  link.show(open.href, token, options.show.length > 0);
}
