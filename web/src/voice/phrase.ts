// Phrases of the settings against what was said: plain words, `*` and `{name}` for one or more words. Pure.
//
//   remember {fact}      "Remember, the cat is called Ada."   → fact: "the cat is called Ada"
//   turn {state} the *   "turn on the lights"                 → state: "on", 1: "lights"
import { quote, type Word, wordsOf } from './words.js';

export const SLOTS_MAX = 8;

/** What stood in the slots, as it was said: `{name}` by its name, each `*` by its number from 1. */
export type Captures = Readonly<Record<string, string>>;

type Part = { readonly word: string } | { readonly slot: string };

const PART = /\{([^{}]*)\}|\*|[^{}*]+|[{}]/g;
const SLOT_NAME = /^[a-z_][a-z0-9_]{0,31}$/i;

export type ParsedPhrase =
  | { readonly parts: readonly Part[]; readonly slots: readonly string[] }
  | { readonly problem: string };

export function parsePhrase(phrase: string): ParsedPhrase {
  const parts: Part[] = [];
  const slots: string[] = [];
  let stars = 0;
  for (const [piece, name] of phrase.matchAll(PART)) {
    if (piece === '*' || name !== undefined) {
      const slot = name === undefined ? String((stars += 1)) : name.trim();
      if (name !== undefined && !SLOT_NAME.test(slot))
        return { problem: `{${slot}} is no name for a slot: use letters, digits and _` };
      if (slots.includes(slot)) return { problem: `the slot {${slot}} is there twice` };
      const before = parts[parts.length - 1];
      if (before !== undefined && 'slot' in before) return { problem: 'there must be a word between two slots' };
      slots.push(slot);
      parts.push({ slot });
    } else if (piece === '{' || piece === '}') {
      return { problem: 'a { or } has no partner' };
    } else {
      for (const { plain } of wordsOf(piece)) parts.push({ word: plain });
    }
  }
  if (parts.length === 0) return { problem: 'it has no words; * means anything' };
  if (slots.length > SLOTS_MAX) return { problem: `it has more than ${SLOTS_MAX} slots` };
  return { parts, slots };
}

/** What the slots of the phrase hold when all of the text fits it; null when it does not. */
export function matchPhrase(phrase: string, text: string): Captures | null {
  const parsed = parsePhrase(phrase);
  if ('problem' in parsed) return null;
  const words = wordsOf(text);
  const ends = slotEnds(parsed.parts, words);
  if (ends === null) return null;
  const captures: Record<string, string> = {};
  for (const { slot, from, to } of ends) captures[slot] = quote(text, words, from, to);
  return captures;
}

interface Filled {
  readonly slot: string;
  readonly from: number;
  readonly to: number;
}

/** Each slot takes as few words as will do. Places that led nowhere are remembered: no text makes this slow. */
function slotEnds(parts: readonly Part[], words: readonly Word[]): readonly Filled[] | null {
  const dead = new Set<number>();
  const from = (part: number, at: number): readonly Filled[] | null => {
    const next = parts[part];
    if (next === undefined) return at === words.length ? [] : null;
    const place = part * (words.length + 1) + at;
    if (dead.has(place)) return null;
    if ('word' in next) {
      const rest = words[at]?.plain === next.word ? from(part + 1, at + 1) : null;
      if (rest !== null) return rest;
    } else {
      const isLast = part === parts.length - 1;
      for (let to = isLast ? words.length : at + 1; to <= words.length && to > at; to += 1) {
        const rest = from(part + 1, to);
        if (rest !== null) return [{ slot: next.slot, from: at, to }, ...rest];
      }
    }
    dead.add(place);
    return null;
  };
  return from(0, 0);
}
