import type { Json, TaskError, TaskSubmission } from '@cuehub/protocol';
import { expect, test } from 'vitest';
import { FactRing } from './fact-ring.js';
import { TestHub } from './testing/test-hub.js';

const unbounded = { fact_ring_ms: Infinity, fact_ring_items_max: Infinity, fact_ring_bytes_max: Infinity };

test('what a fact weighs is near the length of its JSON, whatever its producer and executor put into it', async () => {
  const t = await TestHub.open();
  const watcher = t.watcher({ topics: ['task'] });
  const worker = t.client();
  worker.register(['talk']);
  type End = { type: 'task.complete'; result?: Json } | { type: 'task.fail'; error: TaskError };
  const run = (task: Partial<TaskSubmission>, end: End): void => {
    const task_id = t.submit({ name: 'talk', ...task });
    const { epoch } = worker.last('task.dispatch');
    worker.says({ task_id, epoch, ...end });
  };
  const list = Array.from({ length: 500 }, (_, at) => ({ at, said: `sentence ${at}` }));
  run({}, { type: 'task.complete' });
  run({ args: { list } }, { type: 'task.complete', result: 'x'.repeat(20_000) });
  run({ args: 'x'.repeat(30_000), meta: { list } }, { type: 'task.complete', result: { list } });
  run({ idempotency_key: 'k'.repeat(200) }, { type: 'task.fail', error: { code: 'E', message: 'm'.repeat(2_000) } });
  run({ dedupe: { key: 'd'.repeat(100), mode: 'keep' } }, { type: 'task.complete', result: 0 });
  t.flip();
  const facts = watcher.of('event');
  expect(facts.length).toBeGreaterThan(15);
  for (const fact of facts) {
    const ring = new FactRing(unbounded, fact.seq, [fact]);
    const ratio = ring.bytes / JSON.stringify(fact).length;
    expect(ratio, fact.event).toBeGreaterThan(0.7);
    expect(ratio, fact.event).toBeLessThan(1.5);
  }
});
