import { expect, test, vi } from 'vitest';
import { Emitter } from './emitter.js';

test('listeners are told in order until they leave', () => {
  const emitter = new Emitter<{ word: string }>();
  const heard: string[] = [];
  const stop = emitter.on('word', (word) => heard.push(`a ${word}`));
  emitter.on('word', (word) => heard.push(`b ${word}`));
  emitter.emit('word', 'one');
  stop();
  stop();
  emitter.emit('word', 'two');
  expect(heard).toEqual(['a one', 'b one', 'b two']);
});

test('a listener that throws does not keep the others from hearing', () => {
  const emitter = new Emitter<{ word: string }>();
  const heard: string[] = [];
  const later = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation(() => {});
  emitter.on('word', () => {
    throw new Error('mine');
  });
  emitter.on('word', (word) => heard.push(word));
  emitter.emit('word', 'one');
  expect(heard).toEqual(['one']);
  expect(later.mock.calls[0]?.[0]).toThrow('mine');
  later.mockRestore();
});
