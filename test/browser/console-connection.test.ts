// The console when the hub is away, comes back, does not want it; and what it finds of the time before.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, createHub, DiskJournal, type HubServer } from 'cuehub';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Hub, startHub, TOKEN } from '../conformance/hub-process.js';
import { joinHub } from '../conformance/raw-client.js';
import { Person } from '../conformance/stage.js';
import { useBrowser } from './browser.js';
import { ConsolePage } from './console-page.js';

const browser = useBrowser();
// Pages open one after the other here, on whatever machine this is.
vi.setConfig({ testTimeout: 90_000 });
const hubs: Hub[] = [];
const dirs: string[] = [];

function newDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-console-'));
  dirs.push(dir);
  return dir;
}

async function start(data: string, port = 0): Promise<Hub> {
  const hub = await startHub({ data, port });
  hubs.push(hub);
  return hub;
}

afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.kill();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

describe('a console whose hub is killed', () => {
  it('says so and since when, and goes on with the next hub on that port without being loaded again', async () => {
    const data = newDir();
    const first = await start(data);
    const boss = new Person(await joinHub(first, { name: 'boss' }), 'main');
    const { task_id } = await boss.submit({ name: 'story', priority: 'HIGH' });
    const seen = await new ConsolePage(await browser.visit()).open(first);
    await seen.shows(seen.row(task_id), 'story');
    await seen.page.evaluate(() => {
      document.documentElement.dataset['loaded'] = 'once';
    });

    await first.kill();
    await seen.shows(seen.connection, 'Not connected');
    await seen.shows(seen.page.locator('.away'), /^Not connected since \d\d:\d\d:\d\d: the hub cannot be reached/);
    await seen.shows(seen.row(task_id), 'story');
    await expect.poll(() => seen.button(/^Submit a task/).isDisabled()).toBe(true);

    const second = await start(data, Number(new URL(first.url).port));
    // The client's own pace: it waits longer after each try.
    await seen.gone(seen.page.locator('.away'), 25_000);
    await seen.shows(seen.connection, 'Connected');
    const teller = new Person(await joinHub(second, { name: 'teller' }), 'main');
    await teller.register('story');
    const run = await teller.dispatched({ task_id });
    run.open();
    run.chunk(0, 'After the crash');
    await seen.shows(seen.line(task_id).locator('.line-text'), 'After the crash');
    await expect.poll(() => seen.page.evaluate(() => document.documentElement.dataset['loaded'])).toBe('once');
    expect(seen.visit.addresses.filter((address) => address.split('#')[0]?.includes(TOKEN))).toEqual([]);
  });
});

describe('a console that the hub does not want', () => {
  it('asks for a token, says when it is not valid, and lets in with the right one', async () => {
    const hub = await start(newDir());
    const visit = await browser.visit();
    const seen = await new ConsolePage(visit).open(hub, { token: 'not-the-right-token' });
    await seen.shows(seen.page.locator('#sign-in'), 'The token is not valid.');
    expect(seen.page.url()).not.toContain('not-the-right-token');
    await seen.page.getByLabel('Token', { exact: true }).fill(TOKEN);
    await seen.page.keyboard.press('Enter');
    await seen.shows(seen.mode, 'Idle');
    await seen.button('Sign out').click();
    await seen.page.getByLabel('Token', { exact: true }).waitFor();
    expect(await seen.page.evaluate(() => JSON.stringify([sessionStorage, localStorage]))).not.toContain(TOKEN);
    expect(visit.complaints).toEqual([]);
    const sent = visit.addresses.map((address) => address.split('#')[0] ?? '');
    expect(sent.filter((address) => address.includes('token'))).toEqual([]);
  });
});

/** A clock that goes like any other, `behind_ms` ago. */
function clockOf(behind_ms: number): Clock {
  let latest = 0;
  return {
    now: () => (latest = Math.max(latest, Date.now() - behind_ms)),
    after: (delay_ms, fire) => {
      const timer = setTimeout(fire, delay_ms);
      return { cancel: () => clearTimeout(timer) };
    },
  };
}

/** Runs `count` tasks on the hub, and returns their ids. */
async function ran(hub: HubServer, name: string, count: number): Promise<string[]> {
  const boss = hub.client({ client: { name: 'boss' } });
  boss.worker(name, () => 'told');
  const tasks = await Promise.all(Array.from({ length: count }, (_, index) => boss.submit({ name, args: { index } })));
  await Promise.all(tasks.map((task) => task.result()));
  return tasks.map(({ id }) => id);
}

describe('the time before', () => {
  it('is in the timeline when one looks back, and in a task’s page, though memory has it no longer', async () => {
    const dir = newDir();
    const options = { token: TOKEN, rate_limit: 0, idempotency_ms: 1 };
    const before = await createHub({ ...options, clock: clockOf(3_600_000), journal: new DiskJournal({ dir }) });
    const [oldest = ''] = await ran(before, 'story', 130);
    await before.close();
    const hub = await createHub({ ...options, journal: new DiskJournal({ dir }) });
    await hub.listen({ port: 0 });
    await ran(hub, 'news', 3);
    const boss = hub.client();
    // What the socket lists is what memory has.
    const inMemory = async (): Promise<boolean> => {
      const { tasks } = await boss.list({ limit: 500 });
      return tasks.some(({ task_id }) => task_id === oldest);
    };
    await expect.poll(inMemory, { timeout: 10_000 }).toBe(false);
    boss.close();

    const visit = await browser.visit();
    const seen = await new ConsolePage(visit).open(hub);
    const pages = (): number => visit.addresses.filter((address) => address.includes('/tasks?limit=')).length;
    await seen.button('Table').click();
    await expect.poll(() => seen.tableRows()).toHaveLength(3);
    expect(pages()).toBe(1);
    for (let zoomed = 0; zoomed < 6; zoomed += 1) await seen.button('Show more, smaller').click();
    await expect.poll(() => seen.tableRows()).toHaveLength(133);
    expect(pages()).toBe(2);
    expect((await seen.tableRows()).at(-1)).toMatch(/^3Medium \| story \| had the floor \| [\d.]+ m?s \| completed$/);

    const page = await new ConsolePage(await browser.visit()).open(hub, { task_id: oldest });
    await page.shows(page.dialog.locator('h2'), 'story');
    await page.shows(page.dialog.locator('pre').first(), /"index": 0/);
    await page.shows(page.dialog.getByRole('heading', { name: 'Result' }).locator('..'), '"told"');
    await hub.close({ graceful: false });
  });
});
