// What the page says: the talk control's state, notes and problems, in words for people. Pure; the DOM draws it.
import { CLOSE_CODES, levelOf } from '@cuehub/protocol';
import { type CommandTone, deferredText, humanName, isOpen, statusOf } from './command.js';
import type { Conversation, Note } from './conversation.js';
import type { Desk } from './desk.js';
import type { Settings } from './settings.js';

export type TalkTone =
  | 'offline'
  | 'missing'
  | 'refused'
  | 'idle'
  | 'dozing'
  | 'listening'
  | 'heard'
  | 'deferred'
  | 'waiting'
  | 'answering';

export interface TalkView {
  readonly tone: TalkTone;
  /** On the button: what a press does. */
  readonly action: string;
  /** Below it: what goes on. */
  readonly status: string;
  readonly hint: string;
  readonly pressed: boolean;
  readonly disabled: boolean;
  /** Words as they are heard. */
  readonly interim: string;
}

const KEY_NAMES: Readonly<Record<Settings['talk_key'], string>> = {
  Space: 'Space',
  ControlRight: 'the right Ctrl key',
  F8: 'F8',
  off: '',
};

/** `hasKeys`: there is a keyboard, as far as one can tell. */
export function talkView(desk: Desk, hasKeys = true): TalkView {
  const { conversation } = desk;
  const { phase, settings, ear } = conversation;
  const view = {
    action: 'Hold to talk',
    hint: keyHint(settings, hasKeys),
    pressed: false,
    disabled: false,
    interim: heardSoFar(conversation),
  };
  const away = connectionText(desk);
  if (away !== null)
    return { ...view, tone: 'offline', status: away, action: 'Not connected', hint: '', disabled: true };
  if (!desk.may_submit) {
    return {
      ...view,
      tone: 'missing',
      status: 'This token may watch only',
      action: 'Watching only',
      hint: 'You see and hear what goes on. To talk, sign out, and sign in with a token that has the role producer.',
      disabled: true,
    };
  }
  if (phase.at === 'listening') {
    const status = barging(desk) ?? 'Listening';
    const end = phase.by === 'hold' ? 'Release when you have said it.' : 'Speak now. Press to end.';
    const hint = hasKeys ? `${end} Escape forgets it.` : end;
    return {
      ...view,
      tone: 'listening',
      status,
      hint,
      action: phase.by === 'hold' ? 'Release to send' : 'Press to send',
      pressed: true,
    };
  }
  if (phase.at === 'finishing') return { ...view, tone: 'heard', status: 'Got it, one moment', hint: '' };
  const busy = commandState(desk);
  const note = noteText(conversation.note, conversation);
  const hint = note ?? view.hint;
  if (ear === 'missing') {
    const status = busy?.status ?? 'Type what you want to say';
    return {
      ...view,
      tone: busy?.tone ?? 'missing',
      status,
      hint: MISSING,
      action: 'No speech recognition',
      disabled: true,
    };
  }
  const refused = ear === 'refused' ? { tone: 'refused' as const, status: 'The microphone is off' } : null;
  if (refused !== null) return { ...view, ...(busy ?? refused), hint, action: 'Press to try again' };
  if (busy !== null) return { ...view, ...busy, hint };
  if (settings.listen === 'wake_word') {
    if (conversation.sounding && !settings.headphones) {
      return {
        ...view,
        tone: 'dozing',
        status: 'Speaking, so not listening',
        hint: 'Press to talk over it. With headphones, tell the settings so.',
      };
    }
    return {
      ...view,
      tone: 'dozing',
      status: `Say “${settings.wake_phrases[0] ?? ''}”`,
      hint: note ?? 'Or press, and talk.',
    };
  }
  return { ...view, tone: 'idle', status: 'Ready', hint };
}

const MISSING = 'This browser has no speech recognition. Chrome, Edge and Safari have it.';

/** Words so far, for who wants to see whether they were understood. */
function heardSoFar({ phase, said, interim, settings }: Conversation): string {
  const words = `${said} ${interim}`.trim();
  return phase.at !== 'idle' || settings.listen === 'wake_word' ? words : '';
}

/** What speaking does to the floor, while it does. */
function barging({ barge, barge_task_id, lane }: Desk): string | null {
  if (barge === 'no') return null;
  if (barge === 'taken') return 'Listening, you have the floor';
  const deferred = lane.tasks.get(barge_task_id ?? '')?.deferred ?? null;
  if (deferred !== null) return `Listening. Your turn waits: ${deferredText(deferred, lane)}`;
  const { current } = lane;
  if (current === null) return 'Listening';
  const name = sentence(humanName(current.name));
  // What is as urgent is not interrupted: equals never are.
  const yields = levelOf(current.priority) > levelOf('URGENT');
  return yields ? `Listening. ${name} is asked to wait` : `Listening. ${name} is as urgent, and ends first`;
}

function commandState(desk: Desk): { tone: TalkTone; status: string } | null {
  const open = desk.commands.find(isOpen);
  if (open === undefined) return null;
  const { tone, text } = statusOf(open, desk.lane, true);
  const tones: Partial<Record<CommandTone, TalkTone>> = { deferred: 'deferred', answering: 'answering' };
  return { tone: tones[tone] ?? 'waiting', status: text };
}

/** Why there is no hub now; null when there is one. */
export function connectionText({ connection }: Pick<Desk, 'connection'>): string | null {
  const { status, error } = connection;
  if (status === 'connected') return null;
  if (status === 'connecting') return 'Connecting to the hub';
  if (status === 'waiting') return 'The hub cannot be reached. Trying again.';
  if (error === undefined) return 'Signed out';
  if (error.close_code === CLOSE_CODES.removed) return 'An operator removed this page. Load it again to come back.';
  return `The hub ended the connection (${error.reason || error.close_code}). Load the page again.`;
}

export function noteText(note: Note | null, { settings }: Conversation): string | null {
  switch (note?.kind) {
    case undefined:
      return null;
    case 'nothing_heard':
      return 'Nothing was heard. Closer to the microphone, perhaps?';
    case 'cancelled':
      return 'Forgotten. Nothing was sent.';
    case 'not_addressed':
      return `Heard “${note.text}”, without “${settings.wake_phrases[0] ?? ''}”: not for me.`;
    case 'no_rule':
      return `No phrase in the settings fits “${note.text}”.`;
    case 'ear':
      return earText(note.code);
  }
}

function earText(code: string): string {
  switch (code) {
    case 'not-allowed':
      return 'The browser does not let this page use the microphone. Allow it beside the address, then press again.';
    case 'service-not-allowed':
      return 'The browser does not let this page use its speech service. Typing works.';
    case 'audio-capture':
      return 'No microphone was found. Plug one in, then press again.';
    case 'network':
      return 'The browser’s speech service cannot be reached. It is tried again; typing works.';
    case 'language-not-supported':
      return 'The speech service does not know this language. Choose another one in the settings.';
    default:
      return `Speech recognition failed (${code}). Typing works.`;
  }
}

function keyHint({ talk_key }: Settings, hasKeys: boolean): string {
  if (talk_key === 'off' || !hasKeys) return 'Or tap once, and tap again when you have said it.';
  return `Or hold ${KEY_NAMES[talk_key]}. A tap starts, a tap ends.`;
}

export function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
