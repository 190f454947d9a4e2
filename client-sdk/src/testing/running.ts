// A worker whose handler the test steers, one task that runs in it, and the orders a hub gives about that task.
import type { ClientMessage } from '@cuehub/protocol';
import type { HandlerTask } from '../handler-task.js';
import type { OutStream } from '../out-stream.js';
import type { AnyTasks } from '../task-map.js';
import { settled } from './fake-clock.js';
import { dispatchOf, type FakeHub } from './fake-hub.js';
import { connected, type Setup } from './setup.js';

export type Task = HandlerTask<AnyTasks, string>;

/** A handler that the test steers: it ends when told. */
function steered(): {
  handler: (task: Task) => Promise<unknown>;
  tasks: Task[];
  finish: (result?: unknown) => void;
  fail: (error: unknown) => void;
} {
  const tasks: Task[] = [];
  const ends: End[] = [];
  return {
    tasks,
    handler: (task) =>
      new Promise((resolve, reject) => {
        tasks.push(task);
        ends.push({ resolve, reject });
      }),
    finish: (result) => ends.at(-1)?.resolve(result),
    fail: (error) => ends.at(-1)?.reject(error),
  };
}
interface End {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export async function running(
  options?: Parameters<typeof connected>[0],
): Promise<Setup & ReturnType<typeof steered> & { task: Task }> {
  const setup = await connected(options);
  const steering = steered();
  await setup.hub.worker('chat', steering.handler as never).registered;
  setup.fake.connection.say(dispatchOf({ name: 'chat', args: { text: 'hi' } }));
  await settled();
  const [task] = steering.tasks;
  if (!task) throw new Error('the handler did not start');
  return { ...setup, ...steering, task };
}

export const pause = {
  type: 'task.pause',
  lane: 'main',
  task_id: 'task-1',
  epoch: 1,
  grace_ms: 250,
  style: 'now',
  by: null,
};
export const resume = {
  type: 'task.resume',
  lane: 'main',
  task_id: 'task-1',
  epoch: 2,
  checkpoint: null,
  streams: {},
  heard: {},
  paused_ms: 5,
  by: null,
};
export const cancel = {
  type: 'task.cancel',
  lane: 'main',
  task_id: 'task-1',
  epoch: 1,
  reason: 'requested',
  grace_ms: 250,
};
interface Said {
  type: string;
  [field: string]: unknown;
}
export const ack = (streams: { [name: string]: number }): Said => ({
  type: 'stream.ack',
  lane: 'main',
  task_id: 'task-1',
  streams,
});

/** What the client said after hello and registration, in short: `stream.chunk 3 "x"`. */
export function said(fake: FakeHub): string[] {
  return fake.connection.received.filter(({ type }) => !['hello', 'worker.register', 'pong'].includes(type)).map(brief);
}
function brief(message: ClientMessage): string {
  if (message.type === 'stream.chunk') return `chunk ${message.seq} ${String(message.data)}`;
  return 'epoch' in message ? `${message.type} @${message.epoch}` : message.type;
}
export const write = async (out: OutStream, ...words: string[]): Promise<void> => {
  for (const word of words) await out.write(word);
};
