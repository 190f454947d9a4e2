/** What an executor hears only when it is on the disk, and what of it not any more by then. */
import { expect, test } from 'vitest';
import { SlowJournal } from './testing/slow-journal.js';
import { type TestClient, TestHub } from './testing/test-hub.js';

/** A worker in the middle of a restarting task whose text is on its way to the disk. */
async function writing(
  on_interrupt: 'restart' | 'pause' = 'restart',
): Promise<{ t: TestHub; journal: SlowJournal; worker: TestClient; task_id: string }> {
  const journal = new SlowJournal();
  const t = await TestHub.open({}, journal);
  const worker = t.client();
  worker.register(['x', 'y']);
  void t.hub.request(submission('x', 'LOW', on_interrupt), t.access, worker.session.source);
  await journal.flush();
  const { epoch, task } = worker.last('task.dispatch');
  worker.tells({ type: 'stream.open', task_id: task.task_id, epoch });
  for (const seq of [0, 1]) worker.says({ type: 'stream.chunk', task_id: task.task_id, epoch, seq, data: `${seq}` });
  t.clock.advance(1_000);
  return { t, journal, worker, task_id: task.task_id };
}

function submission(name: string, priority: 'LOW' | 'URGENT', on_interrupt: 'restart' | 'pause' = 'restart') {
  return { type: 'task.submit', lane: 'main', task: { name, priority, on_interrupt } } as const;
}

function acks(worker: TestClient): unknown[] {
  return worker.orders.filter(({ type }) => type === 'stream.ack');
}

test('an executor hears of its text when it is on the disk', async () => {
  const { journal, worker, task_id } = await writing();
  expect(acks(worker)).toEqual([]);
  await journal.flush();
  expect(acks(worker)).toMatchObject([{ task_id, streams: { main: 2 } }]);
});

// Found by the simulation: "TASK goes on at 0, chunks below 2 were in the journal". A client that believes it forgets
// chunks that nobody has.
test('what was true of a run before is not told to the run after it', async () => {
  const { t, journal, worker, task_id } = await writing();
  const { epoch } = worker.last('task.dispatch');
  void t.hub.request(submission('y', 'URGENT'), t.access, worker.session.source);
  worker.says({ type: 'task.cancelled', task_id, epoch });
  const urgent = worker.last('task.dispatch');
  void worker.complete(urgent.task.task_id, urgent.epoch);
  await journal.flush();
  expect(worker.last('task.dispatch').task.task_id).toBe(task_id);
  expect(acks(worker)).toEqual([]);
});

/** As above, displaced, and now given the floor again: a restart. */
async function restarting(): Promise<Awaited<ReturnType<typeof writing>>> {
  const all = await writing();
  const { t, worker, task_id } = all;
  const { epoch } = worker.last('task.dispatch');
  void t.hub.request(submission('y', 'URGENT'), t.access, worker.session.source);
  worker.says({ type: 'task.cancelled', task_id, epoch });
  const urgent = worker.last('task.dispatch');
  void worker.complete(urgent.task.task_id, urgent.epoch);
  return all;
}

// Found by killing hubs: "stream.from_seq is 3, but only chunks below 2 were accepted". A crash took back what the run began from.
test('a run after another one is told to its executor when what was before it is on the disk', async () => {
  const { journal, worker, task_id } = await restarting();
  expect(worker.last('task.dispatch').task.name).toBe('y');
  await journal.flush();
  expect(worker.last('task.dispatch').task).toMatchObject({ task_id, name: 'x' });
});

test('that run does not wait for a disk that takes nothing', async () => {
  const { journal, worker, task_id } = await restarting();
  await journal.fail();
  expect(worker.last('task.dispatch').task.task_id).toBe(task_id);
});

test('what was true of a stream is not told of it when it was opened anew since', async () => {
  const { journal, worker, task_id } = await writing();
  const { epoch } = worker.last('task.dispatch');
  worker.tells({ type: 'stream.open', task_id, epoch, from_seq: 0 });
  await journal.flush();
  expect(acks(worker)).toEqual([]);
});

// PROTOCOL §8: an acknowledged checkpoint is on the disk, whichever frame brought it.
test('the checkpoint of a pause is acknowledged when it is on the disk, a pause without one at once', async () => {
  const { t, journal, worker, task_id } = await writing('pause');
  const { epoch } = worker.last('task.dispatch');
  void t.hub.request(submission('y', 'URGENT'), t.access, worker.session.source);
  const outcomes: unknown[] = [];
  const paused = { type: 'task.paused', task_id, epoch, id: 1 } as const;
  t.hub.executors.frame(worker.session, { ...paused, checkpoint: 'c1' }, (outcome) => outcomes.push(outcome));
  expect(worker.last('task.dispatch').task.name).toBe('y');
  expect(outcomes).toEqual([]);
  await journal.flush();
  expect(outcomes).toEqual([{ ok: {} }]);
  expect(worker.says(paused)).toEqual({ ok: {} });
});

test('that a stream is open is told when it is on the disk, or at once while that takes nothing', async () => {
  const { t, journal, worker, task_id } = await writing();
  const { epoch } = worker.last('task.dispatch');
  const outcomes: unknown[] = [];
  const open = (stream: string): void =>
    t.hub.executors.frame(worker.session, { type: 'stream.open', id: stream, task_id, epoch, stream }, (outcome) =>
      outcomes.push(outcome),
    );
  open('voice');
  expect(outcomes).toEqual([]);
  await journal.flush();
  expect(outcomes).toEqual([{ ok: {} }]);
  await journal.fail();
  open('mouth');
  expect(outcomes).toEqual([{ ok: {} }, { ok: {} }]);
});

// An executor that hears so forgets what came of the task, and a crash would take the end back.
test('that a task is over is told to its executor when its end is on the disk', async () => {
  const { t, journal, worker, task_id } = await writing();
  const { epoch } = worker.last('task.dispatch');
  const end = { type: 'task.complete', task_id, epoch } as const;
  const outcomes: unknown[] = [];
  t.hub.executors.frame(worker.session, end, () => {});
  t.hub.executors.frame(worker.session, { ...end, id: 1 }, (outcome) => outcomes.push(outcome));
  expect(outcomes).toEqual([]);
  await journal.flush();
  expect(outcomes).toMatchObject([{ error: { code: 'stale_epoch' } }]);
});
