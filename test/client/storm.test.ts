// Many conversations at once while connections are cut at random: whatever happens, a watcher reads each text exactly,
// and has every fact once. The seed is printed when it fails; `STORM_SEED=n npx vitest run test/client/storm.test.ts`
// runs with the same one (what the network and timers do in between still differs).
import process from 'node:process';
import { connect, type ConnectOptions, type CueHub } from '@cuehub/client';
import { createHub } from 'cuehub';
import { expect, test } from 'vitest';
import { SocketProxy } from './socket-proxy.js';
import { words } from './stage.js';
import { Transcript } from './transcript.js';

interface Tasks {
  chat: { result: void };
  recall: { result: string };
  urgent: { result: number };
}

const TASKS = 12;
const WORDS = 80;
const PRIORITIES = ['HIGH', 'MEDIUM', 'LOW', 'BACKGROUND'] as const;
/** Cut executors use up attempts (a dispatch may be lost on its way), and this is not about those. */
const max_attempts = 100;
const token = 'storm-token';
const LIMITS = { backoff_min_ms: 20, backoff_max_ms: 100 };

const seed = Number(process.env['STORM_SEED'] ?? Date.now() % 1_000_000);

/** Park and Miller's generator: the same numbers from the same seed. */
function randomFrom(start: number): () => number {
  let state = (start % 2_147_483_646) + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

test(`in a storm of cut connections and interruptions no word is lost or doubled (seed ${seed})`, async () => {
  const random = randomFrom(seed);
  const server = await createHub({ token, rate_limit: 0 });
  const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
  const proxy = await SocketProxy.inFrontOf(port);
  const clients: CueHub<Tasks>[] = [];
  const client = (name: string): CueHub<Tasks> => {
    const options: ConnectOptions = {
      token,
      client: { name },
      limits: LIMITS,
      encoding: random() < 0.5 ? 'json' : 'msgpack',
    };
    const made = connect<Tasks>(`ws://127.0.0.1:${proxy.port}/ws`, options);
    clients.push(made);
    return made;
  };
  const pause = (max_ms: number): Promise<void> =>
    new Promise((resolve) => void setTimeout(resolve, random() * max_ms));

  const [producer, watcher, ...workers] = [
    client('producer'),
    client('watcher'),
    client('worker-1'),
    client('worker-2'),
  ];
  const transcript = new Transcript(watcher, 'main');
  for (const worker of workers) {
    worker.worker('chat', async (task) => {
      const out = task.stream();
      const { done } = (task.resume?.checkpoint ?? { done: 0 }) as { done: number };
      for (const [index, word] of words(WORDS).entries()) {
        if (index < done) continue;
        await out.write(word);
        if (index % 7 === 0) await pause(5);
        if (index % 20 === 19) await task.checkpoint({ done: index + 1 });
        if (index === 50) await task.protect(() => pause(2));
        if (index === 60) await task.call({ name: 'recall', max_attempts });
      }
    });
    worker.worker('recall', () => 'cats');
    worker.worker('urgent', async () => {
      await pause(4);
      return 1;
    });
  }
  await Promise.all(clients.map(({ ready }) => ready));

  let calm = false;
  const cutting = (async () => {
    while (!calm) {
      await pause(300);
      proxy.cut();
    }
  })();
  const interrupting = (async () => {
    while (!calm) {
      await producer.interrupt({ name: 'urgent', max_attempts });
      await pause(60);
    }
  })();

  const tasks = await Promise.all(
    Array.from({ length: TASKS }, (_, index) =>
      producer.submit({ name: 'chat', priority: PRIORITIES[index % PRIORITIES.length] ?? 'LOW', max_attempts }),
    ),
  );
  await Promise.all(tasks.map((task) => task.result()));
  calm = true;
  await Promise.all([cutting, interrupting]);

  const text = words(WORDS).join('');
  for (const task of tasks) {
    await transcript.fact('task.completed', task.id);
    await transcript.until(() => transcript.text(task.id).length >= text.length);
    expect(transcript.text(task.id)).toBe(text);
  }
  expect(transcript.gaps).toEqual([]);
  expect(transcript.seqs).toEqual(transcript.seqs.map((_, index) => (transcript.seqs[0] ?? 0) + index));

  for (const one of clients) one.close();
  await proxy.close();
  await server.close({ graceful: false });
});
