// The voice page: signs in, keeps the settings, and puts the desk's picture on the screen, at most once a frame.
import { DEFAULT_LANE, NAME_PATTERN } from '@cuehub/protocol';
import { SignIn } from './sign-in/sign-in.js';
import { VoiceDesk } from './voice/desk.js';
import { loadSettings, saveSettings } from './voice/kept-settings.js';
import { part, setText, showText } from './voice/page/dom.js';
import { Floor } from './voice/page/floor.js';
import { Log } from './voice/page/log.js';
import { SettingsDialog } from './voice/page/settings-dialog.js';
import { TalkControl } from './voice/page/talk-control.js';
import { LISTEN_MODES, type Settings, SPEAK_MODES } from './voice/settings.js';
import { connectionText, talkView } from './voice/view.js';

const wanted = new URLSearchParams(location.hash.slice(1)).get('lane') ?? '';
const lane = NAME_PATTERN.test(wanted) ? wanted : DEFAULT_LANE;
let settings = loadSettings();
let frame = 0;
const touch = window.matchMedia('(hover: none)');

const desk = new VoiceDesk(settings, lane, draw);
const talk = new TalkControl(
  (input) => desk.input(input),
  () => settings,
);
const log = new Log((id) => void desk.commands.cancel(id));
const floor = new Floor();
const dialog = new SettingsDialog(part('settings', HTMLDialogElement), {
  current: () => settings,
  save: change,
  voices: () => desk.mouth.voices(),
  tryVoice: (tried) => desk.tryVoice(tried),
});
const signIn = new SignIn({
  place: part('sign-in', HTMLDivElement),
  text: 'With the token that the hub printed when it started. What you say is submitted in its name.',
  enter: (token) => desk.enter(token, (state) => signIn.connection(state)),
  leave: () => desk.leave(),
  changed: ({ at }) => {
    part('page', HTMLDivElement).hidden = at !== 'signed_in';
    part('tools', HTMLSpanElement).hidden = at !== 'signed_in';
    draw();
  },
});

part('insecure', HTMLParagraphElement).hidden = window.isSecureContext;
part('open-settings', HTMLButtonElement).addEventListener('click', () => dialog.open());
part('sign-out', HTMLButtonElement).addEventListener('click', () => signIn.signOut());
part('hush', HTMLButtonElement).addEventListener('click', () => desk.hush());
part('forget', HTMLButtonElement).addEventListener('click', () => desk.input({ kind: 'talk_cancel' }));
desk.mouth.onVoices(() => dialog.voicesChanged());
part('type', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  const text = part('text', HTMLInputElement);
  if (text.value.trim() === '') return;
  desk.input({ kind: 'typed', text: text.value.trim() });
  text.value = '';
});
radios('listen', LISTEN_MODES, (listen) => change({ ...settings, listen }));
radios('speak', SPEAK_MODES, (speak) => change({ ...settings, speak }));
// What this page runs is given back at once, and the voice does not go on without it.
window.addEventListener('pagehide', () => desk.leave());
window.addEventListener('pageshow', (event) => event.persisted && location.reload());
window.addEventListener('hashchange', () => location.reload());
signIn.start();

function change(next: Settings): string {
  settings = next;
  desk.input({ kind: 'settings', settings });
  return saveSettings(settings)
    ? ''
    : 'They are used now, but this browser does not keep them: its storage is blocked or full.';
}

function radios<T extends string>(name: string, values: readonly T[], chosen: (value: T) => void): void {
  part(name, HTMLFieldSetElement).addEventListener('change', (event) => {
    const value = values.find((one) => one === (event.target as HTMLInputElement).value);
    if (value !== undefined) chosen(value);
  });
}

function check(name: string, value: string): void {
  const radio = document.querySelector<HTMLInputElement>(`input[name="${name}"][value="${value}"]`);
  if (radio !== null && !radio.checked) radio.checked = true;
}

function draw(): void {
  if (frame !== 0) return;
  frame = requestAnimationFrame(() => {
    frame = 0;
    const now = desk.now;
    const view = talkView(now, !touch.matches);
    talk.draw(view);
    const connected = now.connection.status === 'connected';
    floor.draw(now.lane, lane, connected);
    log.draw(now, connected);
    for (const field of part('type', HTMLFormElement).querySelectorAll<HTMLInputElement | HTMLButtonElement>(
      'input, button',
    ))
      field.disabled = !now.may_submit;
    check('listen', settings.listen);
    check('speak', settings.speak);
    drawLink(view.tone === 'offline');
    showText(part('problem', HTMLParagraphElement), now.problem);
    showText(
      part('mouth', HTMLParagraphElement),
      desk.mouth.exists ? now.mouth_problem : 'This browser has no voice of its own.',
    );
    part('forget', HTMLButtonElement).hidden = now.conversation.phase.at === 'idle';
    part('hush', HTMLButtonElement).hidden = now.speaker.speaking === null;
  });
}

function drawLink(away: boolean): void {
  const link = part('link', HTMLSpanElement);
  link.hidden = signIn.state.at !== 'signed_in';
  link.dataset['away'] = String(away);
  setText(link, connectionText(desk.now) === null ? `on ${lane}` : 'not connected');
}
