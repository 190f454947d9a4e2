// The overlay when the hub is away, comes back, or does not want it.
import process from 'node:process';
import { afterEach, describe, expect, it } from 'vitest';
import { type Hub, startHub, TOKEN } from '../conformance/hub-process.js';
import { joinHub } from '../conformance/raw-client.js';
import { Person } from '../conformance/stage.js';
import { expectCleanVisit, useBrowser } from './browser.js';
import { OverlayPage } from './overlay-page.js';

const browser = useBrowser();
let running: Hub[] = [];

async function hub(port = 0): Promise<Hub> {
  const started = await startHub({ flags: { port } });
  running.push(started);
  return started;
}

afterEach(async () => {
  const ended = running;
  running = [];
  for (const one of ended) await one.stop();
});

async function speaks(at: Hub, text: string) {
  const talker = new Person(await joinHub(at, { name: 'talker' }), 'main');
  await talker.register('chat_response');
  await talker.submit({ name: 'chat_response' });
  const run = await talker.dispatched();
  run.open();
  run.chunk(0, text);
  return run;
}

describe('an overlay whose hub is killed', () => {
  it('says so, and goes on with the next hub on that port without being loaded again', async () => {
    const first = await hub();
    const overlay = await new OverlayPage(await browser.visit()).open(first, 'main');
    await overlay.shows({ badge: { label: 'Idle' } });
    await speaks(first, 'Before the crash');
    await overlay.showsText('0: Before the crash');
    await overlay.page.evaluate(() => {
      document.documentElement.dataset['loaded'] = 'once';
    });

    process.kill(first.pid, 'SIGKILL');
    await first.exited;
    await overlay.shows({ badge: { tone: 'offline', label: 'Not connected' }, bubbles: [{ typing: false }] });

    const second = await hub(Number(new URL(first.url).port));
    await overlay.shows({ badge: { label: 'Idle' } });
    await speaks(second, 'After the crash');
    await overlay.showsText('0: After the crash');
    await expect.poll(() => overlay.page.evaluate(() => document.documentElement.dataset['loaded'])).toBe('once');
    expect(overlay.visit.addresses.filter((address) => address.split('#')[0]?.includes(TOKEN))).toEqual([]);
  });
});

describe('an overlay that the hub does not want', () => {
  it('says plainly that the token is not valid, and does not try again', async () => {
    const visit = await browser.visit();
    const overlay = await new OverlayPage(visit).open(await hub(), 'main', { token: 'not-the-right-token' });
    await overlay.shows({ badge: { tone: 'refused', label: 'Not allowed in' } });
    expect((await overlay.seen()).notice).toContain('The token is not valid.');
    expect(visit.complaints).toEqual([]);
    expect(visit.addresses.filter((address) => address.endsWith('/ws'))).toHaveLength(1);
    expect(visit.addresses.filter((address) => address.split('#')[0]?.includes('not-the-right-token'))).toEqual([]);
  });

  it('says where the token belongs when the address has none', async () => {
    const visit = await browser.visit();
    const at = await hub();
    await visit.page.goto(`${at.url}/overlay`);
    const overlay = new OverlayPage(visit);
    await overlay.shows({ badge: { label: 'No token' } });
    expect((await overlay.seen()).notice).toContain('/overlay#token=…');
    expect(visit.addresses.some((address) => address.endsWith('/ws'))).toBe(false);

    await visit.page.evaluate((token) => {
      location.hash = `token=${token}`;
    }, TOKEN);
    await overlay.shows({ badge: { label: 'Idle' }, notice: '' });
    expectCleanVisit(visit, TOKEN);
  });
});
