import { describe, expect, it } from 'vitest';
import { nearest } from './nearest.js';

const types = ['task.submit', 'task.cancel', 'task.cancelled', 'ping'];

describe('nearest', () => {
  it('finds a word through a slip of the finger', () => {
    expect(nearest('task.sumbit', types)).toBe('task.submit');
    expect(nearest('tasksubmit', types)).toBe('task.submit');
    expect(nearest('TASK.CANCEL', types)).toBe('task.cancel');
    expect(nearest('task.canceled', types)).toBe('task.cancelled');
    expect(nearest('pin', types)).toBe('ping');
  });

  it('suggests nothing that is far off', () => {
    expect(nearest('subscribe', types)).toBeUndefined();
    expect(nearest('', types)).toBeUndefined();
    expect(nearest('task.submit'.repeat(1_000), types)).toBeUndefined();
  });
});
