// The wake phrase: is the companion addressed, and what comes after its name? Pure.
import { quote, standsAt, type Word, wordsOf } from './words.js';

export interface Woken {
  /** What was said after the wake phrase; empty when nothing was. */
  readonly rest: string;
}

/** The first wake phrase in the text, at its start or in its middle; null when there is none. Whole words only. */
export function wakeIn(text: string, phrases: readonly string[]): Woken | null {
  const words = wordsOf(text);
  const wakes = phrases.map(wordsOf);
  for (let at = 0; at < words.length; at += 1) {
    if (wakes.some((wake) => standsAt(words, at, wake))) return { rest: restFrom(text, words, at, wakes) };
  }
  return null;
}

/** The text without a wake phrase at its start: who holds the button may say the name all the same. */
export function withoutWake(text: string, phrases: readonly string[]): string {
  const words = wordsOf(text);
  return restFrom(text, words, 0, phrases.map(wordsOf)) || text.trim();
}

/** Goes on past every phrase that follows directly: "fido, hey fido, lights on". The longest one counts. */
function restFrom(text: string, words: readonly Word[], from: number, wakes: readonly (readonly Word[])[]): string {
  let at = from;
  for (;;) {
    const here = wakes.filter((wake) => standsAt(words, at, wake)).map((wake) => wake.length);
    if (here.length === 0) return quote(text, words, at, words.length);
    at += Math.max(...here);
  }
}
