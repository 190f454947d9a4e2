// A producer, a worker and a watcher, each a process of its own with the client library, and a hub that stops and comes
// back on the same port: killed in the middle of it all, or stopped cleanly. None of them knows about restarts.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Hub, type HttpBody, startHub, TOKEN } from '../conformance/hub-process.js';
import { Part } from './sdk/part.js';
import { story, type View } from './sdk/words.js';

/** On a machine that has much else to do. */
const START_MS = 100_000;

let data: string;
let hub: Hub;
let parts: Part[];
let producer: Part;
let worker: Part;
let watcher: Part;

beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'cuehub-sdk-'));
  hub = await startHub({ data, within_ms: START_MS });
  const start = { url: hub.socketUrl, token: TOKEN };
  watcher = new Part('watcher', start);
  worker = new Part('worker', start);
  producer = new Part('producer', start);
  parts = [watcher, worker, producer];
  await Promise.all(parts.map((part) => part.reported('ready')));
}, START_MS);

afterEach(async () => {
  await Promise.all(parts.map((part) => part.end()));
  await hub.kill();
  await rm(data, { recursive: true, force: true });
}, START_MS);

async function restart(): Promise<void> {
  hub = await startHub({ data, port: Number(new URL(hub.url).port), within_ms: START_MS });
}

/** What the watcher has before its eyes, once it fits. After a lost connection facts may be there before the text. */
async function seen(fits: (view: View) => boolean): Promise<View> {
  return (await watcher.reported('seen', ({ view }) => fits(view))).view;
}

/** As long as it should be; what it says is for the test to look at. */
function isWhole(texts: View['texts'], name: string, count: number): boolean {
  return (texts[name] ?? '').length >= story(name, count).length;
}

async function written(count: number): Promise<void> {
  worker.tell({ do: 'write', count });
  const before = worker.all('written').at(-1)?.next ?? 0;
  await worker.reported('written', ({ next }) => next === before + count);
}

async function tasks(): Promise<HttpBody['tasks']> {
  return (await hub.http('GET', '/v1/lanes/main/tasks')).body.tasks;
}

test('a hub that is killed: nothing is submitted twice, told twice, or forgotten', { timeout: 240_000 }, async () => {
  producer.tell({ do: 'submit', name: 'led', words: 0 });
  await worker.reported('called');
  await written(5);
  await seen(({ texts }) => texts['led'] === story('led', 5));
  // Deaf from here on: what is said to it now is never answered.
  process.kill(hub.pid, 'SIGSTOP');
  const names = ['one', 'two', 'three'];
  for (const name of names) producer.tell({ do: 'submit', name, words: 4 });
  for (const name of names) await producer.reported('asked', (asked) => asked.name === name);
  worker.tell({ do: 'finish' });
  await worker.reported('returned');
  await hub.kill();
  await restart();

  for (const name of ['led', ...names]) {
    const { result } = await producer.reported('result', (ended) => ended.name === name);
    expect(result).toEqual({ told: name });
  }
  expect(worker.all('called').map(({ name }) => name)).toEqual(['led', ...names]);
  const ended = await tasks();
  expect(ended.map(({ state }) => state)).toEqual(['completed', 'completed', 'completed', 'completed']);
  expect(ended.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 1]);
  const view = await seen(
    ({ facts, texts }) => facts.includes('task.completed three') && names.every((name) => isWhole(texts, name, 4)),
  );
  for (const name of ['led', ...names]) {
    expect(view.facts.filter((fact) => fact === `task.completed ${name}`)).toHaveLength(1);
  }
  expect(view.texts).toMatchObject({ led: story('led', 5), one: story('one', 4), three: story('three', 4) });
});

test('a worker goes on with its live task through two kills, and no word is lost or doubled', {
  timeout: 240_000,
}, async () => {
  producer.tell({ do: 'submit', name: 'led', words: 0 });
  await worker.reported('called');
  await written(5);
  await hub.kill();
  await restart();
  await written(5);
  await hub.kill();
  await restart();
  await written(5);
  worker.tell({ do: 'finish' });
  expect(await producer.reported('result')).toMatchObject({ result: { told: 'led' } });
  const view = await seen(({ facts, texts }) => facts.includes('task.completed led') && isWhole(texts, 'led', 15));
  expect(view.texts['led']).toBe(story('led', 15));
  expect(worker.all('called')).toEqual([{ is: 'called', name: 'led', attempt: 1 }]);
});

test('a hub that stops cleanly: a watcher has no gap, no repeat and no second snapshot', {
  timeout: 240_000,
}, async () => {
  producer.tell({ do: 'submit', name: 'led', words: 0 });
  await worker.reported('called');
  await written(5);
  expect(await hub.stop()).toEqual({ code: 0, signal: null });
  await restart();
  await written(5);
  worker.tell({ do: 'finish' });
  await producer.reported('result');
  const view = await seen(({ facts, texts }) => facts.includes('task.completed led') && isWhole(texts, 'led', 10));
  expect(view.gaps).toEqual([]);
  expect(view.snapshots).toBe(1);
  expect(view.seqs).toEqual(view.seqs.map((_, at) => at + 1));
  expect(view.facts).toEqual([
    'task.queued led',
    'task.started led',
    'stream.opened led',
    'task.paused led',
    'task.resumed led',
    'stream.closed led',
    'task.completed led',
  ]);
  expect(view.texts['led']).toBe(story('led', 10));
});
