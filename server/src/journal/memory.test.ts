import { describe, expect, test } from 'vitest';
import { MemoryJournal } from './memory.js';
import { journalContract } from './testing/journal-contract.js';

describe('the journal in memory', () => {
  journalContract(() => new MemoryJournal());

  test('never makes anybody wait', () => {
    expect(new MemoryJournal().append()).toBeUndefined();
  });

  test('has a log of its own in every process', () => {
    expect(new MemoryJournal().logFor()).not.toBe(new MemoryJournal().logFor());
  });
});
