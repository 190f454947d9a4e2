import { describe, expect, it } from 'vitest';
import {
  type Conversation,
  type Effect,
  FINISH_WAIT_MS,
  HOLD_MAX_MS,
  type Input,
  LISTEN_WAIT_MS,
  newConversation,
  step,
  TAP_MS,
  tickAt,
  wantsEar,
} from './conversation.js';
import { DEFAULT_SETTINGS, type Settings } from './settings.js';

/** A conversation and what it did so far. */
class Talk {
  model: Conversation;
  now_ms = 1_000;
  effects: Effect[] = [];

  constructor(settings: Partial<Settings> = {}, hasEar = true) {
    this.model = newConversation({ ...DEFAULT_SETTINGS, ...settings }, hasEar);
    this.hub(false);
  }

  in(...inputs: Input[]): this {
    for (const input of inputs) {
      const { next, effects } = step(this.model, input, this.now_ms);
      this.model = next;
      this.effects.push(...effects);
    }
    return this;
  }

  hub(floor_taken: boolean, online = true): this {
    return this.in({ kind: 'hub', online, floor_taken });
  }

  hears(interim: string, ...finals: string[]): this {
    return this.in({ kind: 'heard', finals, interim });
  }

  after(ms: number): this {
    this.now_ms += ms;
    return this.in({ kind: 'tick' });
  }

  /** What was done since the last time it was asked. */
  did(): string[] {
    const done = this.effects.map((effect) => (effect.do === 'submit' ? `submit ${effect.text}` : effect.do));
    this.effects = [];
    return done;
  }
}

const down: Input = { kind: 'talk_down' };
const up: Input = { kind: 'talk_up' };
const ended: Input = { kind: 'ear_ended' };

function held(talk: Talk): Talk {
  talk.in(down);
  talk.now_ms += TAP_MS;
  return talk;
}

describe('push to talk', () => {
  it('submits what was said while the button was held, once the last words are there', () => {
    const talk = held(new Talk());
    expect(wantsEar(talk.model)).toBe(true);
    talk.hears('turn on').hears('', 'turn on').hears('the li').in(up);
    expect([talk.model.phase.at, wantsEar(talk.model), talk.did()]).toEqual(['finishing', false, []]);
    talk.hears('', 'the lights').in(ended);
    expect(talk.did()).toEqual(['submit turn on the lights']);
    expect(talk.model.phase.at).toBe('idle');
  });

  it('takes the words it has when the last ones do not come', () => {
    const talk = held(new Talk()).hears('turn on the lights').in(up);
    talk.after(FINISH_WAIT_MS - 1);
    expect(talk.did()).toEqual([]);
    expect(tickAt(talk.model)).toBe(talk.now_ms + 1);
    expect(talk.after(1).did()).toEqual(['drop', 'submit turn on the lights']);
  });

  it('goes on after a tap until something was said, or the next tap', () => {
    const talk = new Talk().in(down, up);
    expect(talk.model.phase).toMatchObject({ at: 'listening', by: 'tap' });
    expect(talk.hears('lights').hears('', 'lights on').did()).toEqual(['submit lights on']);
    talk.in(down, up).hears('music').in(down, up);
    expect(talk.model.phase.at).toBe('finishing');
    expect(talk.in(ended).did()).toEqual(['submit music']);
  });

  it('works by single presses too, as a screen reader makes them', () => {
    const talk = new Talk().in({ kind: 'talk_toggle' }).hears('music').in({ kind: 'talk_toggle' }, ended);
    expect(talk.did()).toEqual(['submit music']);
  });

  it('says so when nothing was heard, and submits nothing', () => {
    const talk = held(new Talk()).in(up, ended);
    expect([talk.did(), talk.model.note]).toEqual([[], { kind: 'nothing_heard' }]);
    expect(new Talk().in(down, up).after(LISTEN_WAIT_MS).model.note).toEqual({ kind: 'nothing_heard' });
  });

  it('forgets everything at Escape', () => {
    const talk = held(new Talk()).hears('', 'self destruct').in({ kind: 'talk_cancel' }, ended);
    expect([talk.did(), talk.model.note]).toEqual([['drop'], { kind: 'cancelled' }]);
    expect(talk.in(up).did()).toEqual([]);
  });

  it('ends by itself when the button got stuck', () => {
    expect(held(new Talk()).after(HOLD_MAX_MS).model.phase.at).toBe('idle');
  });

  it('begins anew while the last words of the one before are awaited', () => {
    const talk = held(new Talk()).hears('lights on').in(up, down);
    expect(talk.did()).toEqual(['drop', 'submit lights on']);
    expect(talk.model).toMatchObject({ phase: { at: 'listening', by: 'hold' }, said: '', interim: '' });
  });

  it('goes on when the recogniser ends by itself, with what it heard until then', () => {
    const talk = held(new Talk()).hears('', 'turn').hears('on').in(ended);
    expect([talk.model.phase.at, wantsEar(talk.model)]).toEqual(['listening', true]);
    expect(talk.hears('', 'the lights').in(up, ended).did()).toEqual(['submit turn on the lights']);
  });

  it('leaves out a wake phrase that was said all the same', () => {
    expect(held(new Talk()).hears('', 'Fido, lights on').in(up, ended).did()).toEqual(['submit lights on']);
  });

  it('does nothing without a hub', () => {
    expect(new Talk().hub(false, false).in(down).model.phase.at).toBe('idle');
  });
});

describe('the wake phrase', () => {
  const wake = (more: Partial<Settings> = {}) => new Talk({ listen: 'wake_word', ...more });

  it('makes a command of what follows it', () => {
    const talk = wake();
    expect(wantsEar(talk.model)).toBe(true);
    talk.hears('so').hears('so fido lights').hears('', 'so fido lights on please');
    expect(talk.did()).toEqual(['submit lights on please']);
    expect(wantsEar(talk.model)).toBe(true);
  });

  it('alone waits for the command', () => {
    const talk = wake()
      .hears('', 'hey fido')
      .after(LISTEN_WAIT_MS - 1);
    expect(talk.hears('lights').hears('', 'lights on').did()).toEqual(['submit lights on']);
    expect(wake().hears('', 'hey fido').after(LISTEN_WAIT_MS).model).toMatchObject({
      phase: { at: 'idle' },
      note: { kind: 'nothing_heard' },
    });
  });

  it('that turns out to be another word is taken back', () => {
    const talk = wake().hub(true).hears('fido');
    expect(talk.model.phase.at).toBe('listening');
    talk.hears('', 'final score');
    expect(talk.did()).toEqual(['barge_in', 'barge_out']);
    expect(talk.model).toMatchObject({ phase: { at: 'idle' }, note: { kind: 'not_addressed', text: 'final score' } });
  });

  it('is needed: what is not for this page is only shown', () => {
    const talk = wake().hears('', 'lights on');
    expect([talk.did(), talk.model.note]).toEqual([[], { kind: 'not_addressed', text: 'lights on' }]);
  });

  it('is not listened for while this page speaks, unless nobody can hear it', () => {
    const talk = wake().in({ kind: 'mouth', sounding: true });
    expect(wantsEar(talk.model)).toBe(false);
    expect(talk.hears('', 'fido lights on').did()).toEqual([]);
    const phones = wake({ headphones: true }).in({ kind: 'mouth', sounding: true });
    expect(wantsEar(phones.model)).toBe(true);
    expect(phones.hears('', 'fido lights on').did()).toEqual(['submit lights on']);
  });

  it('is not listened for any more once the settings say so, not even in mid-sentence', () => {
    const talk = wake().hears('fido lights').in({ kind: 'settings', settings: DEFAULT_SETTINGS });
    expect([wantsEar(talk.model), talk.did()]).toEqual([false, ['drop']]);
  });
});

describe('speaking during a reply', () => {
  it('takes the floor at once, and gives it back after the command', () => {
    const talk = new Talk().hub(true).in(down);
    expect(talk.did()).toEqual(['barge_in']);
    talk.now_ms += TAP_MS;
    talk.hears('', 'lights on').hub(false).hub(true).in(up, ended);
    expect(talk.did()).toEqual(['submit lights on', 'barge_out']);
    expect(talk.in(down).did()).toEqual(['barge_in']);
  });

  it('takes the floor as soon as the name is heard, before the command is', () => {
    expect(new Talk({ listen: 'wake_word' }).hub(true).hears('hey fido').did()).toEqual(['barge_in']);
  });

  it('gives the floor back when nothing was said', () => {
    expect(held(new Talk().hub(true)).in(up, ended).did()).toEqual(['barge_in', 'barge_out']);
    expect(held(new Talk().hub(true)).in({ kind: 'ear_error', code: 'network', fatal: false }).did()).toEqual([
      'barge_in',
      'barge_out',
    ]);
  });

  it('takes the floor also from a reply that begins while somebody speaks, and from this page’s own voice', () => {
    const talk = new Talk().in(down);
    expect(talk.did()).toEqual([]);
    expect(talk.hub(true).did()).toEqual(['barge_in']);
    expect(new Talk().in({ kind: 'mouth', sounding: true }, down).did()).toEqual(['barge_in']);
  });

  it('takes nothing when the settings say so, and not by typing', () => {
    expect(new Talk({ barge_in: false }).hub(true).in(down).did()).toEqual([]);
    expect(new Talk().hub(true).in({ kind: 'typed', text: 'fido, lights on' }).did()).toEqual(['submit lights on']);
  });
});

describe('a recogniser that fails', () => {
  it('is asked again after a refusal only when somebody presses the button', () => {
    const talk = new Talk({ listen: 'wake_word' }).in({ kind: 'ear_error', code: 'not-allowed', fatal: true });
    expect([wantsEar(talk.model), talk.model.note]).toEqual([false, { kind: 'ear', code: 'not-allowed' }]);
    expect(wantsEar(talk.in(down).model)).toBe(true);
  });

  it('loses no words that are certain already', () => {
    const talk = held(new Talk()).hears('', 'lights on').in({ kind: 'ear_error', code: 'network', fatal: false });
    expect(talk.did()).toEqual(['submit lights on']);
  });

  it('that hears silence goes on under a held button and in wake word mode, and ends a tap', () => {
    const silence: Input = { kind: 'ear_error', code: 'no-speech', fatal: false };
    expect(held(new Talk()).in(silence, ended).model.phase.at).toBe('listening');
    expect(new Talk({ listen: 'wake_word' }).in(silence, ended).model.note).toBeNull();
    expect(new Talk().in(down, up, silence).model.note).toEqual({ kind: 'nothing_heard' });
  });

  it('that is not there leaves typing', () => {
    const talk = new Talk({ listen: 'wake_word' }, false).in(down);
    expect([talk.model.phase.at, wantsEar(talk.model)]).toEqual(['idle', false]);
    expect(talk.in({ kind: 'typed', text: 'lights on' }).did()).toEqual(['submit lights on']);
  });
});
