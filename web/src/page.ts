// What the pages with a form share: finding their parts, and copying without a surprise.

/** Throws when the page does not have it: that is a mistake of the page, not of its user. */
export function part<Kind extends Element>(id: string, kind: new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`the page has no #${id}`);
  return found;
}

/** False where a page has no clipboard: over plain http from another machine. */
export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
