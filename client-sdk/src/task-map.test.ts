// The types of the API, checked by the compiler; the calls are never made.
import type { Json } from '@cuehub/protocol';
import { expect, expectTypeOf, test } from 'vitest';
import type { CueHub } from './client.js';
import type { HandlerTask } from './handler-task.js';
import type { TaskHandle } from './handles.js';
import { toJson } from './task-map.js';

interface Recall {
  query: string;
}
interface Tasks {
  voice_command: { args: { command: string }; result: { said: string } };
  chat_response: { args: { text: string }; result: void };
  recall_memory: { args: Recall; result: string[] };
  tick: { result: number };
  greet: { args?: { to: string } };
}

/** Compiled, not run. */
function types(hub: CueHub<Tasks>, loose: CueHub): void {
  // Arguments and results by name.
  expectTypeOf(hub.submit({ name: 'voice_command', args: { command: 'on' } })).resolves.toEqualTypeOf<
    TaskHandle<{ said: string }>
  >();
  expectTypeOf(hub.interrupt({ name: 'voice_command', args: { command: 'on' } })).resolves.toEqualTypeOf<{
    said: string;
  }>();
  expectTypeOf(hub.interrupt({ name: 'chat_response', args: { text: 'hi' } })).resolves.toEqualTypeOf<void>();
  expectTypeOf(hub.interrupt({ name: 'recall_memory', args: { query: 'cats' } })).resolves.toEqualTypeOf<string[]>();
  // @ts-expect-error the arguments of another task
  void hub.submit({ name: 'voice_command', args: { text: 'hi' } });
  // @ts-expect-error this task needs its arguments
  void hub.submit({ name: 'voice_command' });
  void hub.submit({ name: 'tick' });
  void hub.submit({ name: 'greet' });
  void hub.submit({ name: 'greet', args: { to: 'you' } });
  // @ts-expect-error an interrupt is URGENT
  void hub.interrupt({ name: 'tick', priority: 'LOW' });
  // @ts-expect-error no such priority
  void hub.submit({ name: 'tick', priority: 'SOON' });

  // Handlers.
  hub.worker('chat_response', async (task) => {
    expectTypeOf(task).toEqualTypeOf<HandlerTask<Tasks, 'chat_response'>>();
    expectTypeOf(task.args).toEqualTypeOf<{ text: string }>();
    expectTypeOf(task.call({ name: 'recall_memory', args: { query: 'cats' } })).resolves.toEqualTypeOf<string[]>();
    // @ts-expect-error the arguments of a child are typed too
    await task.call({ name: 'recall_memory', args: { text: 'cats' } });
  });
  hub.worker('voice_command', (task) => ({ said: task.args.command }));
  // @ts-expect-error not the result of this task
  hub.worker('voice_command', () => ({ heard: true }));
  hub.worker(['tick', 'voice_command'], (task) => {
    if (task.name === 'voice_command') expectTypeOf(task.args).toEqualTypeOf<{ command: string }>();
    return task.name === 'tick' ? 1 : { said: 'on' };
  });
  void hub.queue({ name: 'recall_memory', args: { query: 'cats' } }, (task) => [task.args.query]);
  // @ts-expect-error not the result of this task
  void hub.queue({ name: 'recall_memory', args: { query: 'cats' } }, () => 7);

  // Names that are not in the map, and clients without one: Json.
  expectTypeOf(hub.interrupt({ name: 'remember_fact' })).resolves.toEqualTypeOf<Json | undefined>();
  void hub.queue({ name: 'remember_fact', priority: 'MEDIUM' }, async (task) => {
    expectTypeOf(task.args).toEqualTypeOf<Json | undefined>();
  });
  expectTypeOf(loose.interrupt({ name: 'anything', args: [1, { two: 'three' }] })).resolves.toEqualTypeOf<
    Json | undefined
  >();
  loose.worker('voice_*', (task) => {
    expectTypeOf(task.args).toEqualTypeOf<Json | undefined>();
    return { said: task.name };
  });
  // @ts-expect-error a function is no Json
  void loose.submit({ name: 'anything', args: { then: () => {} } });

  // Events by name.
  hub.on('text', (chunk) => expectTypeOf(chunk.data).toEqualTypeOf<string | Uint8Array>());
  hub.on('closed', (error) => expectTypeOf(error.close_code).toEqualTypeOf<number>());
  // @ts-expect-error no such event
  hub.on('weather', () => {});
}

test('the types above compile', () => {
  expect(typeof types).toBe('function');
});

test('payloads become what JSON makes of them', () => {
  expect(toJson({ at: new Date(0), gone: undefined, list: [undefined] })).toEqual({
    at: '1970-01-01T00:00:00.000Z',
    list: [null],
  });
  expect(toJson(undefined)).toBeUndefined();
  expect(toJson(() => {})).toBeUndefined();
  const cycle: { self?: unknown } = {};
  cycle.self = cycle;
  expect(() => toJson(cycle)).toThrow(TypeError);
});
