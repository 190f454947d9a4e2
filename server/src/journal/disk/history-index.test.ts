import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestHub, turnEnds } from '../../hub/testing/test-hub.js';
import { DiskJournal } from './disk.js';
import { batchesOf, firstSince } from './history-index.js';
import { LmdbFile } from './lmdb-file.js';

test('every record of a task is found by its id, its submission too', { timeout: 30_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'cuehub-history-'));
  try {
    const t = await TestHub.open({}, new DiskJournal({ dir, durability: 'process' }));
    const worker = t.client();
    worker.register(['talk']);
    const ids: string[] = [];
    for (let n = 0; n < 40; n += 1) {
      const task = { name: n % 4 === 0 ? 'never' : 'talk' };
      const outcome = await t.hub.request({ type: 'task.submit', task }, t.access, worker.session.source);
      if ('error' in outcome) throw new Error(outcome.error.code);
      ids.push(String(outcome.ok['task_id']));
      if (n % 3 === 0) t.clock.advance(n);
      if (n % 4 !== 0) {
        const { task: dispatched, epoch } = worker.last('task.dispatch');
        t.hub.executors.frame(worker.session, { type: 'task.complete', task_id: dispatched.task_id, epoch }, () => {});
      }
      if (n % 5 !== 0) await turnEnds();
    }
    await t.hub.close();
    const file = new LmdbFile({ dir, sync: true });
    for (const [n, task_id] of ids.entries()) {
      const kinds = batchesOf(file, 1, task_id)
        .flat()
        .filter((record) => 'task_id' in record && record.task_id === task_id)
        .map(({ kind }) => kind);
      const expected = n % 4 === 0 ? ['task.queued'] : ['task.queued', 'task.started', 'task.completed'];
      expect(kinds, `task ${n}`).toEqual(expected);
    }
    expect(firstSince(file, 1, 0)).toBe(0);
    expect(firstSince(file, 1, t.clock.now() + 1)).toBeNull();
    expect(firstSince(file, 2, 0)).toBeNull();
    await file.close();
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
