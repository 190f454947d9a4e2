import type { EventMessage } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import { FactRing } from './fact-ring.js';

const limits = { fact_ring_ms: 1_000, fact_ring_items_max: 5, fact_ring_bytes_max: 10_000 };

function fact(seq: number, at = 0): EventMessage {
  return { type: 'event', lane: 'main', log: 'l', seq, at, event: 'lane.started' };
}

function filled(seqs: number, given: Partial<typeof limits> = {}): FactRing {
  const ring = new FactRing({ ...limits, ...given });
  for (let seq = 1; seq <= seqs; seq++) ring.push(fact(seq));
  return ring;
}

const seqs = (facts: readonly EventMessage[] | null): number[] | null => facts?.map(({ seq }) => seq) ?? null;

test('replay is everything after what was seen, or nothing at all', () => {
  const ring = filled(3);
  expect(seqs(ring.after(0, 0))).toEqual([1, 2, 3]);
  expect(seqs(ring.after(2, 0))).toEqual([3]);
  expect(seqs(ring.after(3, 0))).toEqual([]);
  expect(ring.after(4, 0)).toBeNull();
});

test('no more facts than so many are kept', () => {
  const ring = filled(200);
  expect(seqs(ring.after(195, 0))).toEqual([196, 197, 198, 199, 200]);
  expect(ring.after(194, 0)).toBeNull();
});

test('no more bytes than so many are kept', () => {
  const ring = filled(5, { fact_ring_bytes_max: 250 });
  expect(ring.bytes).toBeLessThanOrEqual(250);
  expect(ring.after(0, 0)).toBeNull();
  expect(ring.after(4, 0)).not.toBeNull();
});

test('facts are forgotten when they are old, also when nothing new comes', () => {
  const ring = new FactRing(limits);
  ring.push(fact(1, 0));
  ring.push(fact(2, 600));
  expect(seqs(ring.after(0, 1_000))).toEqual([1, 2]);
  expect(ring.after(0, 1_001)).toBeNull();
  expect(seqs(ring.after(1, 1_001))).toEqual([2]);
  expect(seqs(ring.after(2, 5_000))).toEqual([]);
});

test('a ring that comes back knows where it was', () => {
  const before = filled(9);
  const after = new FactRing(limits, 9, before.all());
  expect(seqs(after.after(6, 0))).toEqual([7, 8, 9]);
  expect(after.after(3, 0)).toBeNull();
  const empty = new FactRing(limits, 9);
  expect(seqs(empty.after(9, 0))).toEqual([]);
  expect(empty.after(8, 0)).toBeNull();
});
