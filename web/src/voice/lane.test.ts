import { describe, expect, it } from 'vitest';
import { chunk, cut, streamFact, taskView } from '../overlay/testing/messages.js';
import { type Command, isOpen, resultText, statusOf, withView } from './command.js';
import { EMPTY_LANE, STREAMS_MAX, takeMessage, TASKS_MAX, textOf } from './lane.js';
import { ANYTHING } from './settings.js';
import { becomes, laneAfter, more, reply, says } from './testing/lane-of.js';

const task = reply();
const command = taskView('cmd', 'voice_command', 'URGENT');

describe('the lane as this page knows it', () => {
  it('has the text of each task, cut where a new attempt begins', () => {
    const lane = laneAfter(...says(task, 'Hel', 'lo'));
    expect(textOf(lane, 'reply')).toBe('Hello');
    expect(textOf(more(lane, cut(task, 1), chunk(task, 1, 'p')), 'reply')).toBe('Help');
    expect(
      textOf(more(lane, streamFact('stream.opened', task, { stream: 'fx' }), chunk(task, 0, 'audio')), 'reply'),
    ).toBe('Hello\n');
  });

  it('takes no text of tasks that ended before it looked', () => {
    expect(laneAfter(chunk(task, 0, 'old news')).streams.size).toBe(0);
  });

  it('is bounded, and keeps what is not over', () => {
    let lane = laneAfter(...says(task, 'kept'));
    for (let count = 0; count < TASKS_MAX + 50; count += 1) {
      const other = reply(`t-${count}`);
      lane = more(lane, ...says(other, 'x'), becomes(other, 'task.completed'));
    }
    expect([lane.streams.size, lane.tasks.size]).toEqual([STREAMS_MAX, TASKS_MAX]);
    expect(textOf(lane, 'reply')).toBe('kept');
  });
});

describe('what the page says about a command', () => {
  const base: Command = {
    id: 1,
    text: 'lights on',
    by: 'voice',
    spec: { name: 'voice_command', args: {}, priority: 'URGENT', preempt: 'interrupt', ttl_ms: ANYTHING.ttl_ms ?? 1 },
    at: 'sent',
    problem: '',
    task_id: 'cmd',
    view: null,
  };
  const says_ = (fields: Parameters<typeof becomes>[2], lane = EMPTY_LANE): string =>
    statusOf({ ...base, view: { ...command, ...fields } }, lane, true).text;

  it('is why it waits', () => {
    const holding = laneAfter(...says(task, 'So'), {
      ...streamFact('stream.opened', task),
      event: 'hold.taken',
      hold_id: 'h',
      reason: 'punch line',
    });
    const deferred = { reason: 'hold', by_task_id: 'reply' } as const;
    expect(says_({ state: 'queued', deferred }, holding)).toBe('Waits: hold, punch line (chat response)');
    expect(says_({ state: 'queued', deferred }, laneAfter(...says(task)))).toBe(
      'Waits: hold (chat response may not be cut off now)',
    );
    expect(says_({ state: 'queued', deferred: { ...deferred, reason: 'not_interruptible' } }, holding)).toBe(
      'Waits: chat response may not be interrupted',
    );
    expect(says_({ state: 'queued', waiting_for: 'worker' })).toBe(
      'Waits: nobody is connected who runs voice_command. Connect a worker for it, or run npx cuehub demo.',
    );
    expect(says_({ state: 'queued', waiting_for: 'start' })).toBe('Waits: the lane is stopped');
  });

  it('is how it ended', () => {
    expect(says_({ state: 'failed', error: { code: 'no_lamp', message: 'there is no lamp' } })).toBe(
      'Failed: there is no lamp',
    );
    expect(says_({ state: 'failed', reason: 'executor_lost' })).toBe('Failed: its worker is gone');
    expect(says_({ state: 'expired', reason: 'ttl' })).toBe('Expired: its turn did not come within 30 s');
    expect(says_({ state: 'cancelled', reason: 'superseded' })).toBe('Replaced by a newer one');
    expect(says_({ state: 'completed' })).toBe('Done');
  });

  it('is that it is not sent while there is no hub', () => {
    expect(statusOf({ ...base, at: 'sending' }, EMPTY_LANE, false).text).toContain('Not connected');
    expect(statusOf({ ...base, at: 'lost', problem: 'too late' }, EMPTY_LANE, true)).toEqual({
      tone: 'problem',
      text: 'too late',
    });
  });

  it('does not go back to what was known before its end', () => {
    const ended = withView(base, { ...command, state: 'completed' });
    expect(withView(ended, { ...command, state: 'running' })).toBe(ended);
    expect([isOpen(base), isOpen(ended), isOpen({ ...base, at: 'lost' })]).toEqual([true, false, false]);
  });

  it('shows a result as text where it is one', () => {
    expect(resultText('done')).toEqual({ text: 'done', plain: true });
    expect(resultText({ said: 'lights are on' })).toEqual({ text: 'lights are on', plain: true });
    expect(resultText({ said: 'on', watts: 3 })?.plain).toBe(false);
    expect([resultText(null), resultText({}), resultText(' '), resultText(undefined)]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(resultText(0)?.text).toBe('0');
  });

  it('follows what the hub tells', () => {
    expect(
      takeMessage(
        EMPTY_LANE,
        becomes(command, 'task.deferred', { state: 'queued', deferred: { reason: 'hold', by_task_id: 'x' } }),
      ).tasks.get('cmd')?.deferred?.reason,
    ).toBe('hold');
  });
});
