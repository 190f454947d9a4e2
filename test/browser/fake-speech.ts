// The Web Speech API as a page sees it, without a microphone and a loudspeaker: a test says what is heard, and how far the
// voice has come. Behaves as Chromium's does where it matters: `stop` makes the last words final, `abort` drops them,
// `cancel` cuts the word that is being said and tells the utterance so.
import type { Page } from 'playwright-core';

export interface FakeSpeechOptions {
  /** Browsers without recognition, or without a voice. */
  readonly recognition?: boolean;
  readonly synthesis?: boolean;
}

interface Driver {
  /** One entry each time that recognition was started: its language. */
  starts: string[];
  listening: boolean;
  hear(text: string, final: boolean): void;
  fail(code: string): void;
  end(): void;
  /** Words that were said to their end; one that was cut ends with a dash. */
  spoken: string[];
  speaking: string | null;
  /** The voice begins the next word; after the last one its utterance ends. False when it has nothing to say. */
  word(): boolean;
}

declare global {
  // What the page and its test have of each other.
  var fakeSpeech: Driver;
}

/** Before the page is opened. */
export async function fakeSpeech(page: Page, options: FakeSpeechOptions = {}): Promise<FakeSpeech> {
  await page.addInitScript(install, { recognition: true, synthesis: true, ...options });
  return new FakeSpeech(page);
}

export class FakeSpeech {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get listening(): Promise<boolean> {
    return this.#page.evaluate(() => globalThis.fakeSpeech.listening);
  }

  get starts(): Promise<string[]> {
    return this.#page.evaluate(() => globalThis.fakeSpeech.starts);
  }

  get spoken(): Promise<string> {
    return this.#page.evaluate(() => globalThis.fakeSpeech.spoken.join(' '));
  }

  get speaking(): Promise<string | null> {
    return this.#page.evaluate(() => globalThis.fakeSpeech.speaking);
  }

  /** Words that may still change. */
  hears(text: string): Promise<void> {
    return this.#page.evaluate((said) => globalThis.fakeSpeech.hear(said, false), text);
  }

  hearsFinally(text: string): Promise<void> {
    return this.#page.evaluate((said) => globalThis.fakeSpeech.hear(said, true), text);
  }

  fails(code: string): Promise<void> {
    return this.#page.evaluate((error) => globalThis.fakeSpeech.fail(error), code);
  }

  /** The voice begins this many words. */
  async says(words: number): Promise<void> {
    await this.#page.evaluate((count) => {
      for (let said = 0; said < count; said += 1) globalThis.fakeSpeech.word();
    }, words);
  }
}

/** Runs inside of the page before its own scripts. */
function install({ recognition, synthesis }: Required<FakeSpeechOptions>): void {
  let current: FakeRecognition | null = null;

  const listenTo = (recognition: FakeRecognition): void => {
    current = recognition;
  };
  class FakeRecognition extends EventTarget {
    lang = '';
    continuous = false;
    interimResults = false;
    results: { transcript: string; final: boolean }[] = [];
    begun = false;

    start(): void {
      if (this.begun) throw new DOMException('recognition has already started', 'InvalidStateError');
      this.begun = true;
      current?.abort();
      listenTo(this);
      globalThis.fakeSpeech.starts.push(this.lang);
      globalThis.fakeSpeech.listening = true;
    }
    stop(): void {
      const last = this.results[this.results.length - 1];
      if (last !== undefined && !last.final) this.hear(last.transcript, true);
      this.finish();
    }
    abort(): void {
      if (!this.begun) return;
      this.fail('aborted');
      this.finish();
    }
    hear(transcript: string, final: boolean): void {
      const last = this.results[this.results.length - 1];
      if (last === undefined || last.final) this.results.push({ transcript, final });
      else this.results[this.results.length - 1] = { transcript, final };
      const results = this.results.map((one) =>
        Object.assign([{ transcript: one.transcript }], { isFinal: one.final }),
      );
      this.dispatchEvent(Object.assign(new Event('result'), { results, resultIndex: results.length - 1 }));
      if (final && !this.continuous) this.finish();
    }
    fail(error: string): void {
      this.dispatchEvent(Object.assign(new Event('error'), { error }));
    }
    finish(): void {
      if (current === this) {
        current = null;
        globalThis.fakeSpeech.listening = false;
      }
      // As in a browser, in a turn of its own.
      setTimeout(() => {
        this.begun = false;
        this.dispatchEvent(new Event('end'));
      });
    }
  }

  class FakeUtterance extends EventTarget {
    text: string;
    lang = '';
    voice: unknown = null;
    rate = 1;
    volume = 1;
    at = 0;
    constructor(text: string) {
      super();
      this.text = text;
    }
  }

  let queue: FakeUtterance[] = [];
  let word = '';
  const driver: Driver = {
    starts: [],
    listening: false,
    hear: (text, final) => {
      if (current === null) throw new Error('nobody listens');
      current.hear(text, final);
    },
    fail: (code) => {
      const failed = current;
      failed?.fail(code);
      failed?.finish();
    },
    end: () => current?.finish(),
    spoken: [],
    get speaking() {
      return queue[0]?.text ?? null;
    },
    word: () => {
      const [utterance] = queue;
      if (utterance === undefined) return false;
      if (word !== '') driver.spoken.push(word);
      word = '';
      const next = /^\s*(\S+)/.exec(utterance.text.slice(utterance.at));
      if (next === null) {
        queue.shift();
        utterance.dispatchEvent(new Event('end'));
        return driver.word();
      }
      word = next[1] ?? '';
      utterance.at += next[0].length;
      const charIndex = utterance.at - word.length;
      utterance.dispatchEvent(Object.assign(new Event('boundary'), { name: 'word', charIndex }));
      return true;
    },
  };
  globalThis.fakeSpeech = driver;

  const fakeSynthesis = Object.assign(new EventTarget(), {
    speak: (utterance: FakeUtterance) => void queue.push(utterance),
    cancel: () => {
      if (word !== '') driver.spoken.push(`${word}-`);
      word = '';
      const cut = queue;
      queue = [];
      for (const utterance of cut) {
        setTimeout(() => utterance.dispatchEvent(Object.assign(new Event('error'), { error: 'canceled' })));
      }
    },
    getVoices: () => [{ voiceURI: 'urn:ada', name: 'Ada', lang: 'en-GB' }],
  });
  const define = (name: string, value: unknown): void => {
    Object.defineProperty(window, name, { configurable: true, writable: true, value });
  };
  define('SpeechRecognition', recognition ? FakeRecognition : undefined);
  define('webkitSpeechRecognition', undefined);
  define('speechSynthesis', synthesis ? fakeSynthesis : undefined);
  define('SpeechSynthesisUtterance', FakeUtterance);
}
