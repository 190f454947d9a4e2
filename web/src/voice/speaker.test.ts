import { describe, expect, it } from 'vitest';
import { chunk, cut, streamFact } from '../overlay/testing/messages.js';
import type { Lane } from './lane.js';
import {
  atEnd,
  atStop,
  atWord,
  decide,
  follow,
  heardSeqs,
  isSounding,
  setSpeak,
  SILENT,
  skipAll,
  type Speaker,
} from './speaker.js';
import { becomes, laneAfter, more, reply, says } from './testing/lane-of.js';

/** A voice that is told what to do, and says it as far as a test lets it. */
class Voice {
  speaker: Speaker;
  lane: Lane;
  mine = new Set<string>();
  /** Words that were begun, in order. */
  said: string[] = [];

  constructor(lane: Lane, speak: Speaker['speak'] = 'all') {
    this.lane = lane;
    this.speaker = follow(setSpeak(SILENT, speak, laneAfter(), this.mine), lane, this.mine);
    this.settle();
  }

  settle(): this {
    for (let todo = decide(this.speaker, this.lane, this.mine); todo !== null; ) {
      if (todo.do === 'stop') this.speaker = atStop(this.speaker);
      else this.speaker = { ...this.speaker, speaking: { key: todo.key, ...todo.piece } };
      todo = decide(this.speaker, this.lane, this.mine);
    }
    return this;
  }

  sees(...messages: Parameters<typeof more>[1][]): this {
    this.lane = more(this.lane, ...messages);
    this.speaker = follow(this.speaker, this.lane, this.mine);
    return this.settle();
  }

  /** Begins this many words, to the end of the piece and on with the next. */
  says(words: number): this {
    for (let count = 0; count < words; count += 1) {
      const { speaking } = this.speaker;
      if (speaking === null) return this;
      const left = speaking.text.slice(this.#at);
      const word = /^\s*(\S+)/.exec(left);
      if (word === null) {
        this.speaker = atEnd(this.speaker);
        this.#at = 0;
        this.settle();
        count -= 1;
        continue;
      }
      const start = this.#at + word[0].length - (word[1] ?? '').length;
      this.speaker = atWord(this.speaker, start);
      this.said.push(word[1] ?? '');
      this.#at += word[0].length;
    }
    return this;
  }
  #at = 0;

  /** The voice ends its piece, or was stopped in it. */
  stopped(): this {
    this.#at = 0;
    return this;
  }

  get now(): string {
    return this.speaker.speaking?.text ?? '';
  }

  heard(task_id = 'reply'): number | undefined {
    return heardSeqs(this.speaker, this.lane).get(`${task_id}/main`);
  }
}

const STORY = ['The ', 'cat ', 'sat. ', 'The ', 'dog ', 'ran. '];
const task = reply();

describe('the voice', () => {
  it('says sentences as soon as they are whole, and reports each chunk when it was said', () => {
    const voice = new Voice(laneAfter(...says(task, 'The ', 'cat ')));
    expect(voice.now).toBe('');
    voice.sees(chunk(task, 2, 'sat. '));
    expect([voice.now, voice.heard()]).toEqual(['The cat sat.', undefined]);
    voice.says(2);
    expect(voice.heard()).toBe(0);
    voice.says(1);
    expect(voice.heard()).toBe(1);
    voice.sees(chunk(task, 3, 'Bye'), streamFact('stream.closed', task)).says(10);
    expect([voice.said.join(' '), voice.heard()]).toEqual(['The cat sat. Bye', 3]);
  });

  it('stops where its task is paused, and goes on from the word it was at', () => {
    for (const event of ['task.pausing', 'task.paused', 'task.cancelling'] as const) {
      const voice = new Voice(laneAfter(...says(task, ...STORY))).says(5);
      voice.sees(becomes(task, event)).stopped();
      expect([voice.now, voice.heard()]).toEqual(['', 3]);
      voice
        .sees(chunk(task, 6, 'Late. '))
        .sees(becomes(task, 'task.resumed'))
        .says(20);
      // "dog" was cut: it is said again as a whole, and nothing else is.
      expect(voice.said.join(' ')).toBe('The cat sat. The dog dog ran. Late.');
    }
  });

  it('goes on with the sentence when the voice does not tell its words', () => {
    const voice = new Voice(laneAfter(...says(task, ...STORY)));
    voice.sees(becomes(task, 'task.paused')).sees(becomes(task, 'task.resumed'));
    expect(voice.now).toBe('The cat sat.');
  });

  it('says nothing more of a task that was cancelled or failed, and all of one that is finished', () => {
    for (const event of ['task.cancelled', 'task.failed', 'task.expired'] as const) {
      const voice = new Voice(laneAfter(...says(task, ...STORY))).says(2).sees(becomes(task, event));
      expect([voice.now, voice.stopped().says(9).said.length]).toEqual(['', 2]);
    }
    const voice = new Voice(laneAfter(...says(task, ...STORY, 'End'))).sees(becomes(task, 'task.completed')).says(20);
    expect(voice.said.join(' ')).toBe('The cat sat. The dog ran. End');
  });

  it('gives way to what is more urgent, also when its own task is over already, and comes back', () => {
    const urgent = reply('urgent', 'URGENT');
    const voice = new Voice(laneAfter(...says(task, ...STORY))).sees(becomes(task, 'task.completed')).says(2);
    voice.sees(...says(urgent, 'Fire! ')).stopped();
    expect(voice.now).toBe('Fire!');
    voice.sees(becomes(urgent, 'task.completed')).says(20);
    expect(voice.said.join(' ')).toBe('The cat Fire! cat sat. The dog ran.');
  });

  it('lets what is as urgent wait its turn', () => {
    const voice = new Voice(laneAfter(...says(task, ...STORY))).says(1);
    expect(voice.sees(...says(reply('other'), 'Me too. ')).now).toBe('The cat sat.');
  });

  it('is silent while somebody talks here', () => {
    const voice = new Voice(laneAfter(...says(task, ...STORY))).says(2);
    voice.speaker = { ...voice.speaker, held: true };
    voice.settle().stopped();
    expect([voice.now, isSounding(voice.speaker, voice.lane, voice.mine)]).toEqual(['', false]);
    voice.speaker = { ...voice.speaker, held: false };
    expect(voice.settle().now).toBe('cat sat.');
  });

  it('says a new attempt from where its text begins anew', () => {
    const voice = new Voice(laneAfter(...says(task, ...STORY))).says(4);
    voice
      .sees(cut(task, 1))
      .stopped()
      .sees(chunk(task, 1, 'bird '), chunk(task, 2, 'sang. '), chunk(task, 3, 'So. '))
      .says(9);
    expect(voice.said.join(' ')).toBe('The cat sat. The bird sang. So.');
    expect(voice.heard()).toBe(3);
  });

  it('says only what it is for', () => {
    const lane = laneAfter(...says(task, ...STORY), ...says(reply('own'), 'Mine. '));
    expect(new Voice(lane, 'off').now).toBe('');
    const voice = new Voice(lane, 'mine');
    voice.mine.add('own');
    expect(voice.settle().now).toBe('Mine.');
  });

  it('does not make up for what was said while it was off, and does not report it as heard', () => {
    const voice = new Voice(laneAfter(...says(task, 'The cat sat. ')), 'off');
    voice.speaker = setSpeak(voice.speaker, 'all', voice.lane, voice.mine);
    expect([voice.settle().now, voice.heard()]).toEqual(['', undefined]);
    expect(voice.sees(chunk(task, 1, 'The dog ran. ')).now).toBe('The dog ran.');
    voice.speaker = skipAll(voice.speaker, voice.lane);
    expect([voice.settle().now, voice.heard()]).toEqual(['', undefined]);
  });

  it('is taken for speaking also between two sentences, not after the last', () => {
    const voice = new Voice(laneAfter(...says(task, 'The cat sat. ')));
    const sounding = () => isSounding(voice.speaker, voice.lane, voice.mine);
    voice.says(9);
    expect([voice.now, sounding()]).toEqual(['', true]);
    voice.sees(becomes(task, 'task.completed'));
    expect(sounding()).toBe(false);
  });
});
