// One Chromium for a test file, and pages that keep account of themselves: every message in the console and every
// address that was asked for, so that a test can say that there were no errors and that no token left the fragment.
import process from 'node:process';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { FORGET_NEWER_APIS } from './newer-than-chromium-103.js';

const CHROMIUM = process.env['CUEHUB_CHROMIUM'] ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Visit {
  readonly page: Page;
  /** Errors and warnings of the console, and exceptions. */
  readonly complaints: string[];
  /** Every address that the page asked for, sockets included. */
  readonly addresses: string[];
  /** What went over its sockets, `in:` or `out:` and the frame as text (names and strings of MessagePack are readable). */
  readonly frames: string[];
}

export interface BrowserHandle {
  /** A page in a context of its own, that of a browser without what came after Chromium 103; gone at the end of the test. */
  visit(options?: BrowserContextOptions): Promise<Visit>;
  /** One that stays for all tests of a file. */
  stay(): Promise<Visit>;
  /** The colours, as [red, green, blue, alpha], at places of a picture. */
  pixels(png: Buffer, places: readonly (readonly [x: number, y: number])[]): Promise<number[][]>;
}

export function useBrowser(): BrowserHandle {
  let browser: Browser | undefined;
  let contexts: BrowserContext[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterEach(async () => {
    const ended = contexts;
    contexts = [];
    for (const context of ended) await context.close();
  });
  afterAll(() => browser?.close());

  async function context(options: BrowserContextOptions): Promise<BrowserContext> {
    if (browser === undefined) throw new Error('the browser has not started');
    return browser.newContext({ viewport: { width: 1280, height: 720 }, ...options });
  }

  async function passing(options: BrowserContextOptions): Promise<BrowserContext> {
    const made = await context(options);
    contexts.push(made);
    return made;
  }

  return {
    visit: async (options = {}) => visitIn(await passing(options)),
    stay: async () => visitIn(await context({})),

    async pixels(png, places) {
      const page = await (await passing({})).newPage();
      return page.evaluate(
        async ({ base64, at }) => {
          const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
          const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
          const canvas = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
          canvas?.drawImage(bitmap, 0, 0);
          return at.map(([x, y]) => [...(canvas?.getImageData(x, y, 1, 1).data ?? [])]);
        },
        { base64: png.toString('base64'), at: places.map(([x, y]) => [x, y] as [number, number]) },
      );
    },
  };
}

async function visitIn(context: BrowserContext): Promise<Visit> {
  await context.addInitScript(FORGET_NEWER_APIS);
  const page = await context.newPage();
  const complaints: string[] = [];
  const addresses: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => addresses.push(request.url()));
  const frames: string[] = [];
  page.on('websocket', (socket) => {
    addresses.push(socket.url());
    socket.on('framesent', ({ payload }) => frames.push(`out: ${payload.toString()}`));
    socket.on('framereceived', ({ payload }) => frames.push(`in: ${payload.toString()}`));
  });
  return { page, complaints, addresses, frames };
}

/** The page has said nothing in its console, and the token was in no address that left the browser. */
export function expectCleanVisit({ complaints, addresses }: Visit, token: string): void {
  expect(complaints).toEqual([]);
  expect(addresses.some((address) => address.includes('/ws'))).toBe(true);
  // A fragment is part of what the browser tells us here, and not of what it sends.
  expect(addresses.filter((address) => address.split('#')[0]?.includes(token))).toEqual([]);
}
