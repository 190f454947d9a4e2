/** Where a page ended, as a word that says nothing to whoever carries it to the next page. */

/** `place` is of one list: that of a lane's tasks, or of one task's facts. */
export function cursorFor(list: string, place: string | number): string {
  return Buffer.from(JSON.stringify([list, place])).toString('base64url');
}

/** Null for what is no cursor of this list. */
export function placeOf(list: string, cursor: string): string | number | null {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(parsed) || parsed.length !== 2 || parsed[0] !== list) return null;
    const place: unknown = parsed[1];
    return typeof place === 'string' || typeof place === 'number' ? place : null;
  } catch {
    return null;
  }
}
