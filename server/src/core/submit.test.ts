import { describe, expect, it } from 'vitest';
import { findByKey } from './index.js';
import { codeOf, LaneDriver, laneWithWorker } from './testing/drive.js';

const MIN = 60_000;

describe('the answer to a submit', () => {
  it('tells a task that runs at once as running, without a position', () => {
    expect(laneWithWorker().submit('a')).toEqual({ task_id: 'a', state: 'running', position: null, duplicate: false });
  });

  it('tells the place among all that wait, from 1', () => {
    const d = new LaneDriver();
    expect(d.submit('a', { priority: 'LOW' }).position).toBe(1);
    expect(d.submit('b', { priority: 'LOW' }).position).toBe(2);
    expect(d.submit('c', { priority: 'URGENT' }).position).toBe(1);
    expect(d.submit('e', { priority: 'MEDIUM', name: 'other' }).position).toBe(2);
    expect(d.submit('f', { priority: 'LOW', name: 'other' }).position).toBe(5);
  });

  it('counts the paused before the queued of a level', () => {
    const d = laneWithWorker();
    d.submit('a');
    d.submit('b', { priority: 'URGENT' });
    d.paused('a');
    expect(d.submit('c').position).toBe(2);
  });
});

describe('an idempotency key', () => {
  const same = { idempotency_key: 'k', fingerprint: 'body' };

  it('answers again for the same task', () => {
    const d = laneWithWorker();
    d.submit('a', same);
    const { seq } = d.lane;
    expect(d.submit('b', same)).toEqual({ task_id: 'a', state: 'running', position: null, duplicate: true });
    expect(d.lane.seq).toBe(seq);
  });

  it('with another body is a conflict that names the field', () => {
    const d = laneWithWorker();
    d.submit('a', same);
    const reply = d.trySubmit('b', { ...same, fingerprint: 'other body' });
    expect(reply).toMatchObject({
      error: { code: 'idempotency_conflict', issues: [{ path: 'task.idempotency_key' }] },
    });
  });

  it('is scoped to its principal', () => {
    const d = laneWithWorker();
    d.submit('a', { ...same, principal: 'one' });
    expect(d.submit('b', { ...same, principal: 'two' })).toMatchObject({ task_id: 'b', duplicate: false });
    expect(findByKey(d.lane, 'one', 'k')).toBe('a');
    expect(findByKey(d.lane, 'two', 'k')).toBe('b');
    expect(findByKey(d.lane, 'three', 'k')).toBeNull();
  });

  it('stays with the task and is told in it', () => {
    const d = laneWithWorker();
    d.submit('a', same);
    expect(d.lastFact('task.queued').task.idempotency_key).toBe('k');
  });

  it('answers while the task lives, however long that is', () => {
    const d = new LaneDriver();
    d.submit('a', same);
    d.advance(24 * 60 * MIN);
    expect(d.submit('b', same)).toMatchObject({ task_id: 'a', state: 'queued', duplicate: true });
  });

  it('answers for 10 min after the end, and not a moment longer', () => {
    const d = laneWithWorker();
    d.submit('a', same);
    d.complete('a');
    d.advance(10 * MIN - 1);
    expect(d.submit('b', same)).toMatchObject({ task_id: 'a', state: 'completed', duplicate: true });
    d.advance(1);
    expect(d.submit('c', same)).toMatchObject({ task_id: 'c', duplicate: false });
  });

  it('that was forgotten and is used anew answers for the new task, through all forgetting', () => {
    const d = laneWithWorker();
    d.submit('a', same);
    d.submit('other', { idempotency_key: 'k2', fingerprint: 'x' });
    d.complete('a');
    d.complete('other');
    d.advance(10 * MIN);
    d.submit('again', same);
    d.advance(5 * MIN);
    expect(findByKey(d.lane, 'producer', 'k')).toBe('again');
    // The live key does not keep those behind it from being forgotten.
    expect(d.lane.keys.size).toBe(1);
    d.complete('again');
    d.advance(10 * MIN + 2_000);
    expect(d.lane.keys.size).toBe(0);
    expect(d.lane.tasks.size).toBe(0);
  });

  it('is looked at before dedupe', () => {
    const d = new LaneDriver();
    d.submit('a', { ...same, dedupe: { key: 'screen', mode: 'replace' } });
    expect(d.submit('b', { ...same, dedupe: { key: 'screen', mode: 'replace' } })).toMatchObject({
      task_id: 'a',
      duplicate: true,
    });
    expect(d.state('a')).toBe('queued');
  });

  it('is looked at before the room in the queue', () => {
    const d = new LaneDriver({ queue_items_per_level_max: 1 });
    d.submit('a', same);
    expect(d.submit('b', same)).toMatchObject({ task_id: 'a', duplicate: true });
  });
});

describe('dedupe', () => {
  const keep = { dedupe: { key: 'screen', mode: 'keep' } } as const;
  const replace = { dedupe: { key: 'screen', mode: 'replace' } } as const;

  it('keep answers with the one that waits', () => {
    const d = new LaneDriver();
    d.submit('a', keep);
    expect(d.submit('b', { ...keep, args: { newer: true } })).toEqual({
      task_id: 'a',
      state: 'queued',
      position: 1,
      duplicate: true,
    });
    expect(d.status().queue_size).toBe(1);
  });

  it('keep lets a new idempotency key answer for the one that waits', () => {
    const d = new LaneDriver();
    d.submit('a', keep);
    const again = { ...keep, idempotency_key: 'k', fingerprint: 'f' };
    d.submit('b', again);
    d.worker('w', ['*']);
    expect(d.submit('c', again)).toMatchObject({ task_id: 'a', state: 'running', duplicate: true });
  });

  it('replace supersedes the one that waits', () => {
    const d = new LaneDriver();
    d.submit('a', replace);
    expect(d.submit('b', replace)).toEqual({ task_id: 'b', state: 'queued', position: 1, duplicate: false });
    expect(d.state('a')).toBe('cancelled (superseded)');
  });

  it('replace supersedes one that is paused, and its executor is told', () => {
    const d = laneWithWorker();
    d.submit('a', { ...replace, priority: 'LOW' });
    d.submit('boss', { priority: 'HIGH' });
    d.paused('a');
    d.ordered();
    d.submit('b', { ...replace, priority: 'LOW' });
    expect(d.state('a')).toBe('cancelled (superseded)');
    expect(d.ordered()).toEqual(['task.revoked a → w']);
  });

  it.each(['keep', 'replace'] as const)(
    '%s leaves one that runs untouched, and the new one waits beside it',
    (mode) => {
      const d = laneWithWorker();
      d.submit('a', { dedupe: { key: 'screen', mode } });
      expect(d.submit('b', { dedupe: { key: 'screen', mode } })).toMatchObject({
        task_id: 'b',
        duplicate: false,
        position: 1,
      });
      expect(d.state('a')).toBe('running');
    },
  );

  it('is judged at submission only: one that is paused later stays', () => {
    const d = laneWithWorker();
    d.submit('a', { ...keep, priority: 'LOW' });
    d.submit('b', { ...keep, priority: 'LOW' });
    d.submit('boss', { priority: 'HIGH' });
    d.paused('a');
    expect(d.runAll()).toEqual(['boss', 'a', 'b']);
  });

  it('goes by its key', () => {
    const d = new LaneDriver();
    d.submit('a', keep);
    expect(d.submit('b', { dedupe: { key: 'other', mode: 'keep' } }).duplicate).toBe(false);
    expect(d.submit('c').duplicate).toBe(false);
  });

  it('lets the key go with the end of its task', () => {
    const d = new LaneDriver();
    d.submit('a', keep);
    d.cancel('a');
    expect(d.submit('b', keep)).toMatchObject({ task_id: 'b', duplicate: false });
  });
});

describe('a full queue', () => {
  it('is full by level: a flood of LOW does not shut out URGENT', () => {
    const d = new LaneDriver({ queue_items_per_level_max: 3 });
    for (let i = 0; i < 3; i += 1) d.submit(`low${i}`, { priority: 'LOW' });
    expect(codeOf(d.trySubmit('one_more', { priority: 'LOW' }))).toBe('queue_full');
    expect(codeOf(d.trySubmit('urgent', { priority: 'URGENT' }))).toBe('ok');
    d.cancel('low1');
    expect(codeOf(d.trySubmit('now', { priority: 'LOW' }))).toBe('ok');
  });

  it('holds 5 000 a level by default', () => {
    const d = new LaneDriver();
    for (let i = 0; i < 5_000; i += 1) d.submit(`t${i}`);
    expect(codeOf(d.trySubmit('one_more'))).toBe('queue_full');
  });

  it('is full by bytes of the whole lane, 64 MiB by default', () => {
    const d = new LaneDriver();
    const MIB = 1024 * 1024;
    d.submit('a', { bytes: 40 * MIB });
    expect(codeOf(d.trySubmit('b', { bytes: 24 * MIB + 1, priority: 'URGENT' }))).toBe('queue_full');
    expect(codeOf(d.trySubmit('c', { bytes: 24 * MIB, priority: 'URGENT' }))).toBe('ok');
  });

  it('counts the paused, and not the one that runs', () => {
    const d = laneWithWorker({ queue_items_per_level_max: 1 });
    d.submit('a', { priority: 'LOW' });
    d.submit('b', { priority: 'HIGH' });
    d.paused('a');
    expect(codeOf(d.trySubmit('c', { priority: 'LOW' }))).toBe('queue_full');
    d.complete('b');
    expect(codeOf(d.trySubmit('c', { priority: 'LOW' }))).toBe('ok');
  });

  it('has room for what replaces one of its tasks', () => {
    const d = new LaneDriver({ queue_items_per_level_max: 1 });
    const replace = { dedupe: { key: 'k', mode: 'replace' } } as const;
    d.submit('a', replace);
    expect(codeOf(d.trySubmit('b', replace))).toBe('ok');
  });

  it('refuses before it supersedes anything', () => {
    const d = new LaneDriver({ queue_bytes_max: 100 });
    const replace = { dedupe: { key: 'k', mode: 'replace' } } as const;
    d.submit('a', { ...replace, bytes: 50 });
    expect(codeOf(d.trySubmit('b', { ...replace, bytes: 101 }))).toBe('queue_full');
    expect(d.state('a')).toBe('queued');
  });
});
