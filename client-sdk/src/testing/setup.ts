// A client on a fake hub under a fake clock.
import type { Encoding } from '@cuehub/protocol';
import { createClient, type CueHub } from '../core.js';
import type { ClientOptions } from '../options.js';
import type { AnyTasks } from '../task-map.js';
import { FakeClock, settled } from './fake-clock.js';
import { FakeHub } from './fake-hub.js';

export interface Setup {
  hub: CueHub<AnyTasks>;
  fake: FakeHub;
  clock: FakeClock;
}

/** Not yet connected: the first turn of the loop belongs to the test. */
export function start({ encoding = 'json', ...options }: Partial<ClientOptions> & { encoding?: Encoding } = {}): Setup {
  const fake = new FakeHub(encoding);
  const clock = new FakeClock();
  let keys = 0;
  const hub = createClient({
    url: 'ws://hub/ws',
    encoding,
    transport: { connect: (url) => fake.connect(url), onWake: (listener) => fake.onWake(listener) },
    token: 'secret',
    client: { name: 'test', kind: 'unit' },
    clock,
    random: () => 0.5,
    uuid: () => `key-${++keys}`,
    ...options,
  });
  return { hub, fake, clock };
}

export async function connected(options?: Partial<ClientOptions> & { encoding?: Encoding }): Promise<Setup> {
  const setup = start(options);
  await setup.hub.ready;
  await settled();
  return setup;
}

/** What a promise came to, without waiting for it. */
export async function outcomeOf(promise: Promise<unknown>): Promise<{ value?: unknown; error?: unknown } | 'pending'> {
  let outcome: { value?: unknown; error?: unknown } | 'pending' = 'pending';
  promise.then(
    (value) => (outcome = { value }),
    (error: unknown) => (outcome = { error }),
  );
  await settled();
  return outcome;
}
