// Text as words that can be compared: what a recogniser writes differs in case, punctuation, accents and width from what
// somebody typed into the settings. Each word keeps its place, so that what was said can be quoted as it was said.

/** Languages without spaces: each character is a word of its own. */
const NO_SPACES = '[\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\u30fc]';
const WORD = new RegExp(`${NO_SPACES}\\p{M}*|(?:(?!${NO_SPACES})[\\p{L}\\p{N}\\p{M}'’])+`, 'gu');
/** Letters that are no base letter with a mark, and that people type without. */
const PLAIN: Readonly<Record<string, string>> = { ß: 'ss', ø: 'o', ł: 'l', đ: 'd', ı: 'i', æ: 'ae', œ: 'oe' };

export interface Word {
  /** Lower case, without accents and apostrophes. */
  readonly plain: string;
  readonly start: number;
  readonly end: number;
}

export function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].flatMap((match) => {
    const plain = plainWord(match[0]);
    return plain === '' ? [] : [{ plain, start: match.index, end: match.index + match[0].length }];
  });
}

function plainWord(word: string): string {
  return word
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[\u0300-\u036f\u064b-\u065f'’]/g, '')
    .replace(/[ßøłđıæœ]/g, (letter) => PLAIN[letter] ?? letter);
}

/** What lies between two words (the second left out), as it was said, without what only surrounds it. */
export function quote(text: string, words: readonly Word[], from: number, to: number): string {
  const first = words[from];
  const last = words[to - 1];
  if (first === undefined || last === undefined || to <= from) return '';
  // A closing "?" or "!" belongs to what was said; a full stop is the recogniser's.
  const tail = to === words.length ? (/^[?!？！]+/.exec(text.slice(last.end).trimStart())?.[0] ?? '') : '';
  return text.slice(first.start, last.end) + tail;
}

/** Whether `phrase` stands in `words` at `at`, word by word. */
export function standsAt(words: readonly Word[], at: number, phrase: readonly Word[]): boolean {
  return phrase.length > 0 && phrase.every((word, offset) => words[at + offset]?.plain === word.plain);
}
