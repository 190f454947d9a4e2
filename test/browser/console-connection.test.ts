// The console when the hub is away, comes back, does not want it; and what it finds of the time before.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHub, DiskJournal } from 'cuehub';
import { afterEach, describe, expect, it } from 'vitest';
import { type Hub, startHub, TOKEN } from '../conformance/hub-process.js';
import { joinHub } from '../conformance/raw-client.js';
import { Person } from '../conformance/stage.js';
import { useBrowser } from './browser.js';
import { ConsolePage } from './console-page.js';

const browser = useBrowser();
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
    expect(await seen.button(/^Submit a task/).isDisabled()).toBe(true);

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
    expect(await seen.page.evaluate(() => document.documentElement.dataset['loaded'])).toBe('once');
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

describe('the time before', () => {
  it('is in the timeline and in a task’s page, page after page, when memory has it no longer', async () => {
    const hub = await createHub({
      token: TOKEN,
      rate_limit: 0,
      // What has ended leaves memory at once, and is in the journal from then on.
      idempotency_ms: 1,
      journal: new DiskJournal({ dir: newDir() }),
    });
    await hub.listen({ port: 0 });
    const boss = hub.client({ client: { name: 'boss' } });
    boss.worker('story', () => 'told');
    const ids: string[] = [];
    for (let index = 0; index < 230; index += 1) {
      const task = await boss.submit({ name: 'story', args: { index } });
      ids.push(task.id);
    }
    await boss.task(ids.at(-1) ?? '').result();
    const [oldest = ''] = ids;
    const known = (): Promise<unknown> =>
      boss.get(oldest).then(
        () => true,
        (error: { code: string }) => error.code,
      );
    await expect.poll(known, { timeout: 10_000 }).toBe('not_found');

    const seen = await new ConsolePage(await browser.visit()).open(hub);
    await seen.button('Table').click();
    const rows = seen.page.locator('#timeline tbody tr');
    await expect.poll(() => rows.count()).toBe(100);
    const older = seen.button('Load what was before');
    await older.click();
    await expect.poll(() => rows.count()).toBe(200);
    await older.click();
    await seen.shows(seen.page.locator('#timeline .table-box > .hint'), 'The first 200 of 230');
    await seen.gone(older);

    const visit = await browser.visit();
    const page = await new ConsolePage(visit).open(hub, { task_id: oldest });
    await page.shows(page.dialog.locator('h2'), 'story');
    await page.shows(page.dialog.locator('pre').first(), /"index": 0/);
    await page.shows(page.dialog.getByRole('heading', { name: 'Result' }).locator('..'), '"told"');
    boss.close();
    await hub.close();
  });
});
