/** Text in terminal cells: cutting, wrapping and cleaning. Styles are put on after measuring. */
import stringWidth from 'string-width';

export interface Span {
  readonly text: string;
  readonly style?: ((text: string) => string) | undefined;
}

export type Line = readonly (Span | string)[];

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/**
 * Text from elsewhere, made safe to print: control characters (a terminal would obey them) vanish, and so do the
 * marks that turn the direction of writing around.
 */
export function clean(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '');
}

/** As much of the text as fits into `cells`, with an ellipsis where something was cut. */
export function cut(text: string, cells: number): string {
  if (stringWidth(text) <= cells) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const width = stringWidth(segment);
    if (used + width > cells - 1) break;
    kept += segment;
    used += width;
  }
  return cells > 0 ? `${kept}…` : '';
}

/** One line of at most `cells`, styled. */
export function fit(line: Line, cells: number): string {
  let left = cells;
  let out = '';
  for (const part of line) {
    const span = typeof part === 'string' ? { text: part } : part;
    if (left <= 0) break;
    const text = cut(span.text, left);
    left -= stringWidth(text);
    out += span.style === undefined || text === '' ? text : span.style(text);
  }
  return out;
}

/** Lines of at most `cells`, broken between words where that is possible. */
export function wrap(text: string, cells: number): string[] {
  if (cells < 1) return [];
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const word of text.split(/(?<= )/)) {
    const width = stringWidth(word.trimEnd());
    if (used > 0 && used + width > cells) {
      lines.push(line.trimEnd());
      line = '';
      used = 0;
    }
    if (width <= cells) {
      line += word;
      used += stringWidth(word);
      continue;
    }
    for (const { segment } of segmenter.segment(word)) {
      const step = stringWidth(segment);
      if (used + step > cells && used > 0) {
        lines.push(line);
        line = '';
        used = 0;
      }
      line += segment;
      used += step;
    }
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines;
}
