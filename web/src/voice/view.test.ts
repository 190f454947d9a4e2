import { ConnectionClosed } from '@cuehub/client';
import { describe, expect, it } from 'vitest';
import { stateMessage } from '../overlay/testing/messages.js';
import { newConversation, step, type Input } from './conversation.js';
import type { Desk } from './desk.js';
import { EMPTY_LANE } from './lane.js';
import { DEFAULT_SETTINGS, type Settings } from './settings.js';
import { SILENT } from './speaker.js';
import { becomes, laneAfter, more, reply, says } from './testing/lane-of.js';
import { talkView } from './view.js';

function desk(fields: Partial<Desk> = {}, settings: Partial<Settings> = {}, ...inputs: Input[]): Desk {
  const known = newConversation({ ...DEFAULT_SETTINGS, ...settings }, true);
  const online: Input = { kind: 'hub', online: true, floor_taken: false };
  const conversation = [online, ...inputs].reduce((model, input) => step(model, input, 0).next, known);
  return {
    conversation,
    lane: EMPTY_LANE,
    speaker: SILENT,
    commands: [],
    connection: { status: 'connected' },
    may_submit: true,
    barge: 'no',
    barge_task_id: null,
    problem: '',
    mouth_problem: '',
    ...fields,
  };
}

describe('the talk control', () => {
  it('says what a press does, with the key that does the same', () => {
    expect(talkView(desk())).toMatchObject({
      tone: 'idle',
      action: 'Hold to talk',
      hint: 'Or hold Space. A tap starts, a tap ends.',
    });
    expect(talkView(desk({}, { talk_key: 'F8' })).hint).toContain('F8');
    expect(talkView(desk(), false).hint).toBe('Or tap once, and tap again when you have said it.');
    expect(talkView(desk({}, { listen: 'wake_word', wake_phrases: ['robo'] }))).toMatchObject({
      tone: 'dozing',
      status: 'Say “robo”',
    });
  });

  it('is off while there is no hub, and says why', () => {
    const away = (code: number, retryable: boolean) =>
      talkView(
        desk({
          connection: { status: retryable ? 'waiting' : 'closed', error: new ConnectionClosed(code, '', retryable) },
        }),
      );
    expect(away(1006, true)).toMatchObject({
      tone: 'offline',
      disabled: true,
      status: 'The hub cannot be reached. Trying again.',
    });
    expect(away(4510, false).status).toContain('An operator removed this page');
    expect(talkView(desk({ connection: { status: 'connecting' } })).status).toBe('Connecting to the hub');
  });

  it('is off for a token that may only watch, and says so before anything is said', () => {
    expect(talkView(desk({ may_submit: false }))).toMatchObject({
      disabled: true,
      action: 'Watching only',
      status: 'This token may watch only',
      hint: expect.stringContaining('producer'),
    });
    expect(talkView(desk({ may_submit: false, connection: { status: 'connecting' } })).tone).toBe('offline');
  });

  it('says what speaking does to the floor', () => {
    const down: Input = { kind: 'talk_down' };
    const urgent = reply('u', 'URGENT');
    const status = (fields: Partial<Desk>) => talkView(desk(fields, {}, down)).status;
    expect(status({})).toBe('Listening');
    expect(status({ barge: 'taken' })).toBe('Listening, you have the floor');
    expect(status({ barge: 'asked', lane: laneAfter(stateMessage(reply())) })).toBe(
      'Listening. Chat response is asked to wait',
    );
    expect(status({ barge: 'asked', lane: laneAfter(stateMessage(urgent)) })).toContain('is as urgent');
    const own = { ...reply('own', 'URGENT'), name: 'voice_started' };
    const waits = becomes(own, 'task.deferred', {
      state: 'queued',
      deferred: { reason: 'not_interruptible', by_task_id: 'reply' },
    });
    const lane = more(laneAfter(...says(reply())), waits);
    expect(status({ barge: 'asked', barge_task_id: 'own', lane })).toBe(
      'Listening. Your turn waits: chat response may not be interrupted',
    );
  });

  it('goes on saying that the microphone is off after something was typed, and shows what becomes of that', () => {
    const refused: Input = { kind: 'ear_error', code: 'audio-capture', fatal: true };
    const typed: Input = { kind: 'typed', text: 'lights on' };
    const off = { action: 'Press to try again', hint: expect.stringContaining('No microphone was found') };
    expect(talkView(desk({}, {}, refused, typed))).toMatchObject({
      ...off,
      tone: 'refused',
      status: 'The microphone is off',
    });
    const spec = { name: 'voice_command', args: {}, priority: 'URGENT', preempt: 'interrupt' } as const;
    const command = {
      id: 1,
      text: 'x',
      by: 'text',
      spec,
      at: 'sending',
      problem: '',
      task_id: null,
      view: null,
    } as const;
    expect(talkView(desk({ commands: [command] }, {}, refused, typed))).toMatchObject({ ...off, status: 'On its way' });
  });

  it('names each way in which a microphone can fail, and what to do', () => {
    const hint = (code: string) => talkView(desk({}, {}, { kind: 'ear_error', code, fatal: false })).hint;
    const codes = [
      'not-allowed',
      'service-not-allowed',
      'audio-capture',
      'network',
      'language-not-supported',
      'new-one',
    ];
    const hints = codes.map(hint);
    expect(new Set(hints).size).toBe(codes.length);
    for (const text of hints) expect(text).toMatch(/(press again|Typing works|typing works|Choose another)/);
  });
});
