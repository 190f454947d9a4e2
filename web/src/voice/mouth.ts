// The browser's speech synthesis behind a small port: one piece at a time, with the word it is at. What is stopped says
// nothing any more, whatever the browser calls the event.

export interface MouthEvents {
  /** The word at this place of the piece begins. Voices that come over the network do not tell it. */
  word(char: number): void;
  ended(): void;
  failed(code: string): void;
}

export interface HowToSpeak {
  readonly language: string;
  /** `voiceURI`; empty is the browser's choice. */
  readonly voice: string;
  readonly rate: number;
  readonly volume: number;
}

export class Mouth {
  readonly #synthesis: SpeechSynthesis | undefined;
  readonly #events: MouthEvents;
  /** Kept also because browsers forget the events of one that nobody holds. */
  #utterance: SpeechSynthesisUtterance | null = null;

  constructor(events: MouthEvents) {
    this.#synthesis = (globalThis as { speechSynthesis?: SpeechSynthesis }).speechSynthesis;
    this.#events = events;
    // What a page that was here before left in the browser's queue.
    this.#synthesis?.cancel();
  }

  get exists(): boolean {
    return this.#synthesis !== undefined;
  }

  voices(): SpeechSynthesisVoice[] {
    return this.#synthesis?.getVoices() ?? [];
  }

  /** They come late in some browsers. */
  onVoices(listener: () => void): void {
    this.#synthesis?.addEventListener?.('voiceschanged', listener);
  }

  say(text: string, how: HowToSpeak): void {
    if (this.#synthesis === undefined) return;
    const utterance = new SpeechSynthesisUtterance(text);
    this.#utterance = utterance;
    const voice = this.voices().find(({ voiceURI }) => voiceURI === how.voice);
    if (voice !== undefined) utterance.voice = voice;
    utterance.lang = voice?.lang ?? how.language;
    utterance.rate = how.rate;
    utterance.volume = how.volume;
    const isCurrent = (): boolean => this.#utterance === utterance;
    utterance.addEventListener('boundary', (event) => {
      if (isCurrent() && event.name !== 'sentence') this.#events.word(event.charIndex);
    });
    utterance.addEventListener('end', () => {
      if (!isCurrent()) return;
      this.#utterance = null;
      this.#events.ended();
    });
    utterance.addEventListener('error', (event) => {
      if (!isCurrent()) return;
      this.#utterance = null;
      this.#events.failed(event.error);
    });
    this.#synthesis.speak(utterance);
  }

  stop(): void {
    this.#utterance = null;
    this.#synthesis?.cancel();
  }
}
