// What a machine can find of a page's accessibility: axe-core's rules for WCAG 2.2 A and AA, and its best practices.
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Each violation with the places that have it; a good page has none. */
async function violations(page: Page): Promise<string[]> {
  // As an expression of the debugger: the page's policy forbids scripts that are not its own.
  await page.evaluate(axe.source);
  const found = await page.evaluate(async (tags) => {
    const { axe: engine } = globalThis as unknown as { axe: typeof import('axe-core') };
    const results = await engine.run(document, { runOnly: { type: 'tag', values: tags } });
    return results.violations.map(({ id, help, nodes }) => ({
      id,
      help,
      places: nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary ?? ''})`),
    }));
  }, RULES);
  return found.map(({ id, help, places }) => `${id}: ${help}\n  ${places.join('\n  ')}`);
}

/** In dark and in light, as the system asks for it. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme });
    expect(await violations(page), colorScheme).toEqual([]);
  }
}
