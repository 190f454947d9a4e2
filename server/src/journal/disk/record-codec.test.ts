import { expect, test } from 'vitest';
import type { LaneRecord } from '../../core/index.js';
import { Simulation } from '../../core/testing/simulation.js';
import { JournalDamaged } from './damage.js';
import { packRecord, unpackRecord } from './record-codec.js';

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('every record of many schedules comes back as it was', { timeout: 30_000 }, () => {
  const kinds = new Set<string>();
  for (let seed = 1; seed <= 25; seed += 1) {
    const simulation = new Simulation({ seed });
    for (let i = 0; i < 40; i += 1) {
      simulation.act();
      simulation.run(simulation.now + simulation.prng.int(2_000));
    }
    for (const record of simulation.oracle.records) {
      kinds.add(record.kind);
      expect(unpackRecord(throughJson(packRecord(record)))).toEqual(throughJson(record));
    }
  }
  expect(kinds.size).toBeGreaterThan(20);
});

test('a null that somebody sent is not taken for nothing', () => {
  const records: LaneRecord[] = [
    { kind: 'task.completed', at: 1, seq: 1, task_id: 't', result: null },
    { kind: 'task.completed', at: 1, seq: 1, task_id: 't' },
    { kind: 'checkpoint', at: 1, task_id: 't', checkpoint: null, streams: {} },
    { kind: 'task.paused', at: 1, seq: 2, task_id: 't', reason: 'executor_lost', ran_until: 0 },
  ];
  for (const record of records) expect(unpackRecord(throughJson(packRecord(record)))).toEqual(record);
});

test('what is no record is damage', () => {
  for (const wrong of [null, 7, [], [999, 1, 1], ['task.queued', 1, 1], [0, 'x', 1]]) {
    expect(() => unpackRecord(wrong), JSON.stringify(wrong)).toThrow(JournalDamaged);
  }
});
