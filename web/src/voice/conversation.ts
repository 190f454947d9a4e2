// When the page listens, when what it hears is a command, and when speaking takes the floor. Pure: buttons, words of the
// recogniser, the clock and what the hub says come in as values; what is to be done leaves as effects.
//
//   idle ──button──────────────► listening ──released──► finishing ──last words, or the wait──► idle  (submit)
//   idle ──wake phrase heard───► listening ──a final result with words──────────────────────────► idle  (submit)
//   listening, finishing ──nothing said, Escape, an error──► idle                                       (nothing)
//
// Barge-in: as soon as it listens and somebody else has the floor (or this page speaks), `barge_in` once; `barge_out`
// when it is idle again, after the command's submission if there is one.
import { type Settings } from './settings.js';
import { wakeIn, withoutWake } from './wake.js';

/** How long it waits for a command after the wake phrase alone, or after a tap, from the last word on. */
export const LISTEN_WAIT_MS = 8_000;
/** How long it waits for the recogniser's last words after the button was released. */
export const FINISH_WAIT_MS = 3_000;
/** A press shorter than this is a tap: it listens until the next tap, or until something was said. */
export const TAP_MS = 350;
/** Longest time that a button may be held; a key that got stuck must not keep the floor. */
export const HOLD_MAX_MS = 60_000;
/** Longer text than this is no command; more is not kept. */
export const SAID_CHARS_MAX = 2_000;

export type Phase =
  | { readonly at: 'idle' }
  | {
      readonly at: 'listening';
      readonly by: 'hold' | 'tap' | 'wake';
      readonly since_ms: number;
      readonly until_ms: number;
      /** The wake phrase is in a final result, so what comes next is the command. */
      readonly confirmed: boolean;
    }
  | { readonly at: 'finishing'; readonly until_ms: number };

/** Why nothing came of it, for the page to say. */
export type Note =
  | { readonly kind: 'nothing_heard' | 'cancelled' }
  | { readonly kind: 'not_addressed' | 'no_rule'; readonly text: string }
  | { readonly kind: 'ear'; readonly code: string };

export interface Conversation {
  readonly phase: Phase;
  readonly settings: Settings;
  readonly online: boolean;
  /** The browser has speech recognition, and it was not refused. */
  readonly ear: 'ready' | 'missing' | 'refused';
  /** Somebody else has the floor. */
  readonly floor_taken: boolean;
  /** This page is speaking. */
  readonly sounding: boolean;
  /** Final words of this utterance so far, and those the recogniser may still change. */
  readonly said: string;
  readonly interim: string;
  readonly barged: boolean;
  readonly note: Note | null;
}

export type Input =
  | { readonly kind: 'talk_down' | 'talk_up' | 'talk_toggle' | 'talk_cancel' | 'tick' }
  | { readonly kind: 'heard'; readonly finals: readonly string[]; readonly interim: string }
  | { readonly kind: 'ear_ended' }
  | { readonly kind: 'ear_error'; readonly code: string; readonly fatal: boolean }
  | { readonly kind: 'typed'; readonly text: string }
  | { readonly kind: 'settings'; readonly settings: Settings }
  | { readonly kind: 'hub'; readonly online: boolean; readonly floor_taken: boolean }
  | { readonly kind: 'mouth'; readonly sounding: boolean };

export type Effect =
  /** What the recogniser still has of this utterance is not wanted. */
  | { readonly do: 'drop' }
  | { readonly do: 'barge_in' | 'barge_out' }
  | { readonly do: 'submit'; readonly text: string; readonly by: 'voice' | 'text' };

export interface Step {
  readonly next: Conversation;
  readonly effects: readonly Effect[];
}

export function newConversation(settings: Settings, hasEar: boolean): Conversation {
  return {
    phase: { at: 'idle' },
    settings,
    online: false,
    ear: hasEar ? 'ready' : 'missing',
    floor_taken: false,
    sounding: false,
    said: '',
    interim: '',
    barged: false,
    note: null,
  };
}

/** Whether the recogniser should run; one that should not says its last words. While this page speaks aloud it would hear itself: then only a button counts. */
export function wantsEar({ phase, online, ear, settings, sounding }: Conversation): boolean {
  if (ear !== 'ready') return false;
  if (phase.at === 'listening') return true;
  return phase.at === 'idle' && online && settings.listen === 'wake_word' && (settings.headphones || !sounding);
}

export function step(model: Conversation, input: Input, now_ms: number): Step {
  const taken = take(model, input, now_ms);
  const { next } = taken;
  const speaks = next.phase.at === 'listening' && next.online && next.settings.barge_in;
  if (!speaks || next.barged || !(next.floor_taken || next.sounding)) return taken;
  return { next: { ...next, barged: true }, effects: [...taken.effects, { do: 'barge_in' }] };
}

/** When a `tick` is due, if nothing else comes. */
export function tickAt({ phase }: Conversation): number | null {
  return phase.at === 'idle' ? null : phase.until_ms;
}

function take(model: Conversation, input: Input, now_ms: number): Step {
  switch (input.kind) {
    case 'talk_down':
      return talkDown(model, now_ms);
    case 'talk_up':
      return talkUp(model, now_ms);
    case 'talk_toggle':
      return model.phase.at === 'idle' ? begin(model, 'tap', now_ms) : release(model, now_ms);
    case 'talk_cancel':
      return model.phase.at === 'idle' ? keep(model) : end(model, { kind: 'cancelled' }, [{ do: 'drop' }]);
    case 'heard':
      return heard(model, input.finals, input.interim, now_ms);
    case 'ear_ended':
      return earEnded(model);
    case 'ear_error':
      return earFailed(model, input.code, input.fatal);
    case 'typed':
      return {
        next: { ...model, note: model.note?.kind === 'ear' ? model.note : null },
        effects: [{ do: 'submit', text: withoutWake(input.text, model.settings.wake_phrases), by: 'text' }],
      };
    case 'settings':
      return changed(model, input.settings);
    case 'hub':
      return keep({ ...model, online: input.online, floor_taken: input.floor_taken });
    case 'mouth':
      return keep({ ...model, sounding: input.sounding });
    case 'tick':
      return tick(model, now_ms);
  }
}

function keep(next: Conversation): Step {
  return { next, effects: [] };
}

function begin(model: Conversation, by: 'hold' | 'tap', now_ms: number): Step {
  if (!model.online || model.ear === 'missing') return keep(model);
  const until_ms = now_ms + (by === 'hold' ? HOLD_MAX_MS : LISTEN_WAIT_MS);
  const phase: Phase = { at: 'listening', by, since_ms: now_ms, until_ms, confirmed: true };
  // A refusal may be over: the browser is asked again, because somebody pressed the button.
  return keep({ ...model, ear: 'ready', phase, said: '', interim: '', note: null });
}

function talkDown(model: Conversation, now_ms: number): Step {
  const { phase } = model;
  if (phase.at === 'idle') return begin(model, 'hold', now_ms);
  if (phase.at === 'listening' && phase.by === 'tap') return release(model, now_ms);
  if (phase.at === 'finishing') {
    const closed = close(model);
    return { next: begin(closed.next, 'hold', now_ms).next, effects: [{ do: 'drop' }, ...closed.effects] };
  }
  // The name was said and the button pressed as well: the button decides from now on.
  if (phase.at === 'listening' && phase.by === 'wake') {
    return keep({ ...model, phase: { ...phase, by: 'hold', since_ms: now_ms, until_ms: now_ms + HOLD_MAX_MS } });
  }
  return keep(model);
}

function talkUp(model: Conversation, now_ms: number): Step {
  const { phase } = model;
  if (phase.at !== 'listening' || phase.by !== 'hold') return keep(model);
  const isHeard = model.said !== '' || model.interim !== '';
  if (now_ms - phase.since_ms >= TAP_MS || isHeard) return release(model, now_ms);
  return keep({ ...model, phase: { ...phase, by: 'tap', until_ms: now_ms + LISTEN_WAIT_MS } });
}

function release(model: Conversation, now_ms: number): Step {
  if (model.phase.at !== 'listening') return keep(model);
  return keep({ ...model, phase: { at: 'finishing', until_ms: now_ms + FINISH_WAIT_MS } });
}

function heard(model: Conversation, finals: readonly string[], interim: string, now_ms: number): Step {
  const { phase } = model;
  if (phase.at === 'idle') return overheard(model, finals, interim, now_ms);
  const said = joined(model.said, ...finals);
  const next = { ...model, said, interim: interim.slice(0, SAID_CHARS_MAX) };
  if (phase.at === 'finishing' || phase.by === 'hold') return keep(next);
  if (phase.by === 'wake' && !phase.confirmed) return awaited(next, phase, finals, now_ms);
  if (finals.some((text) => text.trim() !== '')) return close(next);
  return keep({ ...next, phase: { ...phase, until_ms: now_ms + LISTEN_WAIT_MS } });
}

/** Not listening to anybody in particular: is this page addressed? */
function overheard(model: Conversation, finals: readonly string[], interim: string, now_ms: number): Step {
  const { listen, headphones } = model.settings;
  // Last words of a recogniser that was stopped, perhaps because this page began to speak: its own words then.
  if (listen !== 'wake_word' || (model.sounding && !headphones)) return keep(model);
  const { wake_phrases } = model.settings;
  const phase = { at: 'listening', by: 'wake', since_ms: now_ms, until_ms: now_ms + LISTEN_WAIT_MS } as const;
  for (const [index, text] of finals.entries()) {
    const woken = wakeIn(text, wake_phrases);
    if (woken === null) continue;
    const said = joined(woken.rest, ...finals.slice(index + 1));
    const next: Conversation = { ...model, phase: { ...phase, confirmed: true }, said, interim, note: null };
    return said === '' ? keep(next) : close(next);
  }
  const woken = wakeIn(interim, wake_phrases);
  // It may still be changed into something else, but who speaks to the companion should be heard at once.
  if (woken !== null) {
    return keep({ ...model, phase: { ...phase, confirmed: false }, said: '', interim: woken.rest, note: null });
  }
  const last = finals[finals.length - 1]?.trim() ?? '';
  const note: Note | null = last === '' ? model.note : { kind: 'not_addressed', text: last.slice(0, SAID_CHARS_MAX) };
  return keep({ ...model, interim, note });
}

/** The wake phrase was in words that the recogniser could still change. */
function awaited(
  model: Conversation,
  phase: Extract<Phase, { at: 'listening' }>,
  finals: readonly string[],
  now_ms: number,
): Step {
  const { wake_phrases } = model.settings;
  const until_ms = now_ms + LISTEN_WAIT_MS;
  if (finals.length === 0) {
    const woken = wakeIn(model.interim, wake_phrases);
    return keep({ ...model, interim: woken?.rest ?? model.interim, phase: { ...phase, until_ms } });
  }
  const woken = wakeIn(model.said, wake_phrases);
  if (woken === null) return end(model, { kind: 'not_addressed', text: model.said }, []);
  const next: Conversation = { ...model, said: woken.rest, phase: { ...phase, until_ms, confirmed: true } };
  return woken.rest === '' ? keep(next) : close(next);
}

/** The utterance is over: what was said is a command, or nothing was said. */
function close(model: Conversation): Step {
  const words = model.said.trim() === '' ? model.interim : model.said;
  const text = withoutWake(words.trim(), model.settings.wake_phrases);
  if (text === '') return end(model, { kind: 'nothing_heard' }, []);
  return end(model, null, [{ do: 'submit', text, by: 'voice' }]);
}

function end(model: Conversation, note: Note | null, effects: readonly Effect[]): Step {
  const next: Conversation = { ...model, phase: { at: 'idle' }, said: '', interim: '', barged: false, note };
  return { next, effects: model.barged ? [...effects, { do: 'barge_out' }] : effects };
}

/** Recognisers end by themselves now and then; one that is still wanted begins again. */
function earEnded(model: Conversation): Step {
  const { phase } = model;
  if (phase.at === 'finishing') return close(model);
  if (phase.at === 'idle') return keep({ ...model, interim: '' });
  const next = { ...model, said: joined(model.said, model.interim), interim: '' };
  return next.said === '' || phase.by === 'hold' ? keep(next) : close(next);
}

function earFailed(model: Conversation, code: string, fatal: boolean): Step {
  const next: Conversation = fatal ? { ...model, ear: 'refused' } : model;
  const note: Note = { kind: 'ear', code };
  if (model.phase.at === 'idle') return keep({ ...next, note: code === 'no-speech' ? model.note : note });
  if (model.said !== '') return close(next);
  // Silence in wake word mode, or before a held button is used, is no failure: the recogniser begins again.
  const isHeld = model.phase.at === 'listening' && model.phase.by !== 'tap';
  if (code === 'no-speech') return isHeld ? keep(next) : end(next, { kind: 'nothing_heard' }, []);
  return end(next, note, []);
}

function changed(model: Conversation, settings: Settings): Step {
  const next = { ...model, settings };
  const isWake = model.phase.at === 'listening' && model.phase.by === 'wake';
  return isWake && settings.listen !== 'wake_word' ? end(next, { kind: 'cancelled' }, [{ do: 'drop' }]) : keep(next);
}

function tick(model: Conversation, now_ms: number): Step {
  const { phase } = model;
  if (phase.at === 'idle' || now_ms < phase.until_ms) return keep(model);
  if (phase.at === 'finishing' || model.said !== '' || model.interim !== '') {
    const closed = close(model);
    return { ...closed, effects: [{ do: 'drop' }, ...closed.effects] };
  }
  // The wake phrase and nothing after it: the recogniser goes on, the page is not addressed any more.
  return end(model, { kind: 'nothing_heard' }, phase.by === 'wake' ? [] : [{ do: 'drop' }]);
}

function joined(...parts: readonly string[]): string {
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .join(' ')
    .slice(0, SAID_CHARS_MAX);
}
