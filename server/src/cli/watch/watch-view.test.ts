import pc from 'picocolors';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { chunk, current, fact, snapshot, state } from './testing/lane-messages.js';
import { applyMessage, createModel } from './watch-model.js';
import { renderWatch } from './watch-view.js';

const colors = pc.createColors(false);

function modelOf(...messages: Parameters<typeof applyMessage>[1][]) {
  const model = createModel('main');
  model.connection = 'live';
  for (const message of messages) applyMessage(model, message, 1_000);
  return model;
}

function draw(model: ReturnType<typeof modelOf>, width = 80, height = 24, now_ms = 1_000): string[] {
  return renderWatch(model, { width, height, now_ms, url: 'http://127.0.0.1:8787', colors });
}

const busy = modelOf(
  snapshot({}),
  fact('task.started', { task_id: 't1', state: 'running' }),
  fact('task.queued', {
    task_id: 'u1',
    name: 'donation',
    priority: 'HIGH',
    deferred: { reason: 'hold', by_task_id: 't1' },
  }),
  fact('task.queued', { task_id: 'l1', name: 'monitor_report', priority: 'LOW', waiting_for: 'worker' }),
  fact('task.paused', { task_id: 'p1', name: 'story', state: 'paused', waiting_for: 'floor' }),
  chunk('p1', 0, 'once upon '),
  chunk('t1', 0, 'the fox '),
  chunk('t1', 1, 'jumps'),
  state({ mode: 'streaming', can_interrupt: false }, { current_task: current({}), queue_size: 2, paused_tasks: 1 }),
);

test('it shows the mode, the holder with its text, who is paused, who waits and what happened', () => {
  const lines = draw(busy);
  expect(lines[0]).toBe(' cuehub lane main   ● STREAMING  may not be interrupted    http://127.0.0.1:8787');
  expect(lines.join('\n')).toContain('FLOOR      MEDIUM     chat_response  for 2.0 s  t1\n   the fox jumps▌');
  expect(lines.join('\n')).toContain('PAUSED     MEDIUM     story  …once upon');
  expect(lines.join('\n')).toMatch(
    /QUEUE {6}2 waiting\n +HIGH +1 +donation \(deferred: floor held\)\n +LOW +1 +monitor_report \(waits for worker\)/,
  );
  expect(lines.join('\n')).toMatch(/\d\d:\d\d:\d\d {2}task\.paused {6}MEDIUM story\n/);
  expect(lines.at(-1)).toBe(' q quits');
});

test('it is as wide and as high as the terminal, whatever is in it', () => {
  applyMessage(busy, chunk('t1', 2, ` 日本語 ${'word '.repeat(200)}`), 1_000);
  for (const [width, height] of [
    [80, 24],
    [40, 12],
    [20, 6],
    [7, 3],
    [200, 60],
    [1, 1],
  ] as const) {
    const lines = draw(busy, width, height);
    expect(lines).toHaveLength(height);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
  }
});

test('the running time goes on between two states, and stands still while the holder is pausing', () => {
  const running = modelOf(state({ mode: 'busy' }, { current_task: current({ running_for: 2 }) }));
  expect(draw(running, 80, 24, 4_500).join('\n')).toContain('for 5.5 s');
  const pausing = modelOf(state({ mode: 'busy' }, { current_task: current({ running_for: 2, state: 'pausing' }) }));
  expect(draw(pausing, 80, 24, 4_500).join('\n')).toContain('pausing after 2.0 s');
});

test('an empty lane, a stopped one and a lost connection say so', () => {
  const idle = modelOf(state({}));
  expect(draw(idle).join('\n')).toMatch(/● IDLE[^]*FLOOR +nobody[^]*QUEUE +nothing waits/);
  expect(draw(modelOf(state({ started: false })))[0]).toContain('■ STOPPED');
  idle.connection = 'lost';
  expect(draw(idle)[0]).toContain('CONNECTION LOST');
});

test('a name cannot steer the terminal', () => {
  const model = modelOf(
    fact('task.queued', { task_id: 't1', name: 'evil\u001b[31m\u001b]0;title\u0007' }),
    state({}, { queue_size: 1 }),
  );
  expect(draw(model).join('\n')).not.toContain('\u001b');
});

test('the latest events are at the bottom, and the oldest fall out', () => {
  const model = modelOf(state({}));
  for (let n = 0; n < 50; n++)
    applyMessage(model, fact('task.queued', { task_id: `n${n}`, name: `task ${n}`, priority: 'LOW' }), 1_000);
  for (let n = 0; n < 50; n++)
    applyMessage(model, fact('task.cancelled', { task_id: `n${n}`, name: `task ${n}`, state: 'cancelled' }), 1_000);
  const events = draw(model, 80, 24).filter((line) => line.includes('task.'));
  expect(events.at(-1)).toContain('task 49');
  expect(events.length).toBeGreaterThan(10);
  expect(events.length).toBeLessThan(22);
});
