/** For whom the journal hurries: a commit disturbs what runs, so it is for those who wait. */
import { expect, test } from 'vitest';
import { SlowJournal } from './testing/slow-journal.js';
import { type TestClient, TestHub } from './testing/test-hub.js';

class Counting extends SlowJournal {
  hurries = 0;

  override hurry(): void {
    this.hurries += 1;
  }
}

async function running(): Promise<{ t: TestHub; journal: Counting; worker: TestClient; task_id: string }> {
  const journal = new Counting();
  const t = await TestHub.open({}, journal);
  const worker = t.client();
  worker.register(['x']);
  submit(t, true);
  await journal.flush();
  const { task_id } = worker.last('task.dispatch').task;
  journal.hurries = 0;
  return { t, journal, worker, task_id };
}

function submit(t: TestHub, waits: boolean): void {
  const { source } = t.client().session;
  t.hub.requests.perform({ type: 'task.submit', task: { name: 'x' } }, { access: t.access, source, waits }, () => {});
}

test('a submission whose answer somebody hears is hurried, another is not', async () => {
  const { t, journal } = await running();
  submit(t, false);
  expect(journal.hurries).toBe(0);
  submit(t, true);
  expect(journal.hurries).toBe(1);
});

test('a request over HTTP or from the same process is hurried', async () => {
  const { t, journal, worker } = await running();
  void t.hub.request({ type: 'task.submit', task: { name: 'x' } }, t.access, worker.session.source);
  expect(journal.hurries).toBe(1);
});

test('an end is hurried for the executor that wants it acknowledged', async () => {
  const { journal, worker, task_id } = await running();
  const { epoch } = worker.last('task.dispatch');
  worker.tells({ type: 'task.checkpoint', task_id, epoch, checkpoint: 1 });
  expect(journal.hurries).toBe(0);
  worker.tells({ type: 'task.checkpoint', id: 1, task_id, epoch, checkpoint: 2 });
  expect(journal.hurries).toBe(1);
});

test('an end is hurried for who waits for it', async () => {
  const { t, journal, worker, task_id } = await running();
  void t.hub.request({ type: 'task.wait', task_id }, t.access, worker.session.source);
  expect(journal.hurries).toBe(0);
  worker.tells({ type: 'task.complete', task_id, epoch: worker.last('task.dispatch').epoch });
  expect(journal.hurries).toBe(1);
});

test('the end of a task that ended already is hurried for who waits for it now', async () => {
  const { t, journal, worker, task_id } = await running();
  worker.tells({ type: 'task.complete', task_id, epoch: worker.last('task.dispatch').epoch });
  expect(journal.hurries).toBe(0);
  void t.hub.request({ type: 'task.wait', task_id }, t.access, worker.session.source);
  expect(journal.hurries).toBe(1);
});

test('text is hurried for the executor that hears of it when it is on the disk', async () => {
  const { t, journal, worker, task_id } = await running();
  const { epoch } = worker.last('task.dispatch');
  worker.tells({ type: 'stream.open', task_id, epoch });
  worker.tells({ type: 'stream.chunk', task_id, epoch, seq: 0, data: 'a' });
  expect(journal.hurries).toBe(0);
  t.clock.advance(1_000);
  expect(journal.hurries).toBe(1);
});

async function interrupting(): Promise<Awaited<ReturnType<typeof running>>> {
  const scene = await running();
  const { t, worker } = scene;
  const { source } = worker.session;
  const caller = { access: t.access, source, waits: true };
  t.hub.requests.perform({ type: 'task.submit', task: { name: 'x', priority: 'URGENT' } }, caller, () => {});
  worker.last('task.pause');
  return scene;
}

test('the disk waits until the floor is passed on', async () => {
  const { t, journal, worker, task_id } = await interrupting();
  expect(journal.hurries).toBe(0);
  worker.tells({ type: 'task.paused', task_id, epoch: worker.last('task.pause').epoch });
  expect(worker.last('task.dispatch').task.priority).toBe('URGENT');
  expect(journal.hurries).toBe(1);
  t.clock.advance(2);
  expect(journal.hurries).toBe(1);
});

test('the disk waits no longer for an executor that takes its time', async () => {
  const { t, journal } = await interrupting();
  t.clock.advance(1);
  expect(journal.hurries).toBe(0);
  t.clock.advance(1);
  expect(journal.hurries).toBe(1);
});

test('nothing is hurried where an answer does not wait for the disk', async () => {
  const journal = new Counting();
  journal.append = () => undefined;
  const t = await TestHub.open({}, journal);
  submit(t, true);
  expect(journal.hurries).toBe(0);
});
