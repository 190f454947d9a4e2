import { expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

test('the figures are those of the hub at the moment of the question', async () => {
  const { ask, hub } = makeApi();
  const before = (await ask('/metrics')).body as string;
  expect(before).toMatch(/^cuehub_facts_total 0$/m);
  expect(before).toMatch(/^cuehub_lane_queue_size\{lane="main"\} 0$/m);
  hub.figures = { ...hub.figures, facts_total: 12, connections: 3 };
  await ask('/v1/lanes/main/tasks', { method: 'POST', body: { name: 'x' } });
  await ask('/v1/lanes/main/stop', { method: 'POST' });
  const after = (await ask('/metrics')).body as string;
  for (const line of [
    'cuehub_facts_total 12',
    'cuehub_connections 3',
    'cuehub_lane_queue_size{lane="main"} 1',
    'cuehub_lane_tasks{lane="main",state="queued"} 1',
    'cuehub_lane_started{lane="main"} 0',
    'cuehub_ready 1',
  ]) {
    expect(after.split('\n')).toContain(line);
  }
  expect(after).toMatch(/^process_resident_memory_bytes \d+/m);
});
