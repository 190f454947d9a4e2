// The browser's speech recognition behind a small port: on while it is wanted, with each final word told once. Owns its
// restarts (browsers end it after a while) and its errors' names; knows nothing of commands.
import { SAID_CHARS_MAX } from './conversation.js';

/** The part of the Web Speech API that is used here. */
interface Recognition extends EventTarget {
  lang: string;
  continuous: boolean;
  interimResults: boolean;
  start(): void;
  stop(): void;
  abort(): void;
}
interface ResultEvent extends Event {
  readonly resultIndex: number;
  readonly results: ArrayLike<ArrayLike<{ readonly transcript: string }> & { readonly isFinal: boolean }>;
}
type RecognitionMaker = new () => Recognition;

export interface EarEvents {
  heard(finals: string[], interim: string): void;
  /** It stopped; it starts again by itself while it is wanted. */
  ended(): void;
  /** `fatal`: it is no use to try again before somebody did something about it. */
  failed(code: string, fatal: boolean): void;
}

const RESTART_MS = 250;
/** After errors (the network) the wait doubles up to this. */
const RESTART_MAX_MS = 16_000;
const FATAL = ['not-allowed', 'service-not-allowed', 'audio-capture', 'language-not-supported', 'bad-grammar'];

export class Ear {
  readonly #Maker: RecognitionMaker | undefined;
  readonly #events: EarEvents;
  #recognition: Recognition | null = null;
  #language = '';
  #wanted = false;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(events: EarEvents) {
    const page = globalThis as unknown as Record<string, RecognitionMaker | undefined>;
    this.#Maker = page['SpeechRecognition'] ?? page['webkitSpeechRecognition'];
    this.#events = events;
  }

  get exists(): boolean {
    return this.#Maker !== undefined;
  }

  /** Runs, or says its last words and ends. Another language counts from its next start on. */
  want(wanted: boolean, language: string): void {
    const changed = language !== this.#language;
    this.#language = language;
    if (this.#recognition !== null && wanted && changed) this.drop();
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) {
      this.#failures = 0;
      if (this.#recognition === null) this.#start();
    } else {
      clearTimeout(this.#timer);
      if (this.#recognition === null) this.#events.ended();
      else this.#recognition.stop();
    }
  }

  /** Forgets what it is hearing. Starts again when it is wanted. */
  drop(): void {
    const dropped = this.#recognition;
    if (dropped === null) return;
    this.#recognition = null;
    dropped.abort();
    if (this.#wanted) this.#later();
  }

  #start(): void {
    if (this.#Maker === undefined) return;
    const recognition = new this.#Maker();
    this.#recognition = recognition;
    recognition.lang = this.#language;
    recognition.interimResults = true;
    // On Android continuous recognition repeats its results; there it is begun again after each utterance.
    recognition.continuous = !/Android/.test(navigator.userAgent);
    /** Results up to here were told as final. */
    let told = 0;
    const isCurrent = (): boolean => this.#recognition === recognition;
    recognition.addEventListener('result', (event) => {
      if (!isCurrent()) return;
      const { results, resultIndex } = event as ResultEvent;
      const finals: string[] = [];
      let interim = '';
      for (let index = Math.max(resultIndex, told); index < results.length; index += 1) {
        const result = results[index];
        const text = result?.[0]?.transcript ?? '';
        if (result?.isFinal === true) {
          finals.push(text);
          told = index + 1;
        } else interim += text;
      }
      this.#failures = 0;
      this.#events.heard(finals, interim.trim().slice(0, SAID_CHARS_MAX));
    });
    recognition.addEventListener('error', (event) => {
      if (!isCurrent()) return;
      const code = (event as Event & { readonly error?: string }).error ?? 'unknown';
      // Not by us, whose events are not looked at any more: another page took the microphone. Two that both want it
      // should not take it from each other four times a second.
      if (code === 'aborted') {
        this.#failures += 1;
        return;
      }
      const fatal = FATAL.includes(code);
      if (fatal) this.#wanted = false;
      if (code !== 'no-speech') this.#failures += 1;
      this.#events.failed(code, fatal);
    });
    recognition.addEventListener('end', () => {
      if (!isCurrent()) return;
      this.#recognition = null;
      this.#events.ended();
      if (this.#wanted && this.#recognition === null) this.#later();
    });
    try {
      recognition.start();
    } catch {
      // Another one of this page has not ended yet.
      this.#recognition = null;
      this.#failures += 1;
      this.#later();
    }
  }

  #later(): void {
    clearTimeout(this.#timer);
    const delay_ms = Math.min(RESTART_MS * 2 ** this.#failures, RESTART_MAX_MS);
    this.#timer = setTimeout(() => {
      if (this.#wanted && this.#recognition === null) this.#start();
    }, delay_ms);
  }
}
