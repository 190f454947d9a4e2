import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HubServer, createHub } from '../../create-hub.js';
import type { Target } from '../target.js';
import { type DemoOptions, demo } from './demo.js';
import type { DemoTasks } from './tasks.js';

const TOKEN = 'demo-token';

let hub: HubServer;
let target: Target;
beforeEach(async () => {
  hub = await createHub({ token: TOKEN, rate_limit: 0 });
  const { url, ws_url } = await hub.listen({ port: 0 });
  target = { url, ws_url, token: TOKEN };
});
afterEach(() => hub.close());

/** Plays the demo with these lines on stdin, and gives back what it printed. */
async function play(options: Partial<DemoOptions>, ...lines: string[]): Promise<string> {
  const printed: string[] = [];
  const io = {
    stdin: Readable.from(lines.map((line) => `${line}\n`)),
    stdout: { write: (text: string) => printed.push(text) },
    stderr: { write: (text: string) => printed.push(text) },
    env: { NO_COLOR: '1' },
  };
  await demo({ lane: 'main', wake: 'fido', word_ms: 5, ...options }, target, io);
  return printed.join('');
}

test('the three scenarios go on a real hub as they should, and each says what it saw', async () => {
  const printed = await play({ once: true, word_ms: 10 });
  expect(printed).not.toContain('✗');
  expect(printed.match(/^✓/gm)).toHaveLength(3);
  expect(printed).toContain(
    'chat_response paused, voice_command started, voice_command completed, chat_response resumed',
  );
  expect(printed).toMatch(/30 chunks, none lost, none doubled/);
  expect(printed).toContain('ran URGENT, HIGH, LOW, BACKGROUND');
  expect(printed).toContain('deferred, reason hold, by the reply that holds the floor');
});

test('lines on stdin become chat, commands and donations, and all of them are said before it ends', async () => {
  const printed = await play({}, 'hello everybody', 'Rex, how busy are you?', '$5 Ada: nice');
  expect(printed).toContain('completed MEDIUM chat_response\n           “hello everybody”');
  expect(printed).toContain('“Rex, how busy are you?”');
  expect(printed).toContain('“Thank you Ada for $5! You say: nice”');
  const wakened = await play({ wake: 'rex' }, 'Rex, how busy are you?');
  expect(wakened).toMatch(/completed URGENT voice_command\n +“The load is/);
});

test('what the voice page asks for from the start is run: a command, and a fact to remember', async () => {
  const voice = hub.client<DemoTasks>();
  const told = voice.submit({ name: 'remember_fact', args: { fact: 'cats purr' }, ttl_ms: 60_000 });
  const command = voice.submit({ name: 'voice_command', args: { command: 'sing' }, ttl_ms: 60_000 });
  await play({}, 'hello everybody');
  const [fact, answer] = await Promise.all([told, command].map(async (task) => (await task).end()));
  voice.close();
  expect(fact).toMatchObject({ state: 'completed', result: { said: 'Noted: cats purr' } });
  expect(answer).toMatchObject({ state: 'completed' });
});

test('a file that is not there, or a token that is not good, is one clear line', async () => {
  await expect(play({ file: '/no/such/file' })).rejects.toThrow('there is no file /no/such/file');
  target = { ...target, token: 'wrong-token' };
  await expect(play({ once: true })).rejects.toThrow('does not know this token');
});

test('when the hub goes away for good, the demo ends with an error', async () => {
  const playing = play({ once: true, word_ms: 1_000 });
  await expect.poll(() => hub.port.stats().chunks_total, { timeout: 5_000 }).toBeGreaterThan(0);
  const [session] = (await clients()).filter(({ name }) => name === 'demo-companion');
  await remove(session?.session_id ?? '');
  await expect(playing).rejects.toThrow('4510');
});

async function clients(): Promise<{ name: string; session_id: string }[]> {
  const operator = hub.client();
  const list = await operator.clients();
  operator.close();
  return list;
}

async function remove(session_id: string): Promise<void> {
  const operator = hub.client();
  await operator.remove(session_id);
  operator.close();
}
