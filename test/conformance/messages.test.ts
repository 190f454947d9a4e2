// Owns: frames and messages after the welcome (§2): replies and ids, what a wrong message is told, what a wrong frame
// costs, which values payloads may have.
// Leaves to others: what each request means.
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { type Codec, CODECS, type RawClient, useHub } from './harness.js';

const handle = useHub();
const packr = new Packr({ useRecords: false });

async function paths(client: RawClient, type: string, fields: object): Promise<string[]> {
  const { issues } = await client.refused(type, { ...fields }, 'invalid_message');
  for (const issue of issues) expect(issue.message.length).toBeGreaterThan(0);
  return issues.map((issue) => issue.path);
}

/** The message with `[[[…]]]` in the place of its null, which must be the last thing in it. */
function nested(codec: Codec, message: object, depth: number): string | Buffer {
  if (codec === 'json') return JSON.stringify(message).replace('null', '['.repeat(depth) + ']'.repeat(depth));
  return Buffer.concat([packr.pack(message).subarray(0, -1), Buffer.alloc(depth, 0x91), Buffer.from([0xc0])]);
}

/** A submission in MessagePack with these bytes among its args. */
function payload(bytes: readonly number[]): Uint8Array {
  const submit = { type: 'task.submit', id: 79, task: { name: 'nobody', args: { v: null } } };
  return Buffer.concat([packr.pack(submit).subarray(0, -1), Uint8Array.from(bytes)]);
}

describe.each(CODECS)('requests over %s', (codec) => {
  it.each([0, 1, 4_294_967_295, 'a', 'x'.repeat(64), 'ünï-çødé', '7'])('the id %s is echoed as it was', async (id) => {
    const client = await handle.stage(codec).client();
    client.send('ping', { id });
    expect(await client.expectFrame({ type: 'ok', re: id })).toMatchObject({ re: id });
    client.send('task.get', { id, task_id: 'never-existed' });
    expect(await client.expectFrame({ type: 'error', re: id })).toMatchObject({ code: 'not_found' });
  });

  it.each([
    ['an empty string', ''],
    ['65 characters', 'x'.repeat(65)],
    ['a negative number', -1],
    ['a fraction', 1.5],
    ['more than 32 bits', 4_294_967_296],
    ['an object', {}],
    ['true', true],
  ])('%s is no id', async (_what, id) => {
    const client = await handle.stage(codec).client();
    client.send('ping', { id });
    const error = await client.expectFrame({ type: 'error', code: 'invalid_message' });
    expect(error.issues.map((issue) => issue.path)).toContain('id');
    await client.fence();
  });

  it('a message without an id gets no ok, but its error', async () => {
    const stage = handle.stage(codec);
    const { client, lane } = await stage.join();
    client.send('task.submit', { lane, task: { name: 'nobody' } });
    client.send('ping');
    await client.fence();
    expect(client.seen({ type: 'ok' })).toHaveLength(1);
    expect(await client.ok('lane.status', { lane })).toMatchObject({ queue_size: 1 });
    client.send('task.submit', { lane, task: { name: 'nobody', priority: 'SOON' } });
    const error = await client.expectFrame({ type: 'error' });
    expect(error).toMatchObject({ code: 'invalid_message', retryable: false });
    expect(error).not.toHaveProperty('re');
  });

  it('an unknown type is an error, and the connection stays open', async () => {
    const client = await handle.stage(codec).client();
    const error = await client.refused('no.such.type', { anything: true }, 'unknown_type');
    expect(error).toMatchObject({ retryable: false, message: expect.any(String) });
    client.send('welcome', { protocol: 1 });
    await client.expectFrame({ type: 'error', code: 'unknown_type' });
    await client.fence();
  });

  it('unknown fields are ignored', async () => {
    const { client, lane } = await handle.stage(codec).join();
    await client.ok('ping', { colour: 'green' });
    const task = { name: 'nobody', flavour: 'vanilla', dedupe: { key: 'k', mode: 'keep', extra: 1 } };
    await client.ok('task.submit', { lane, task, later: [] });
  });

  it('a wrong message is told where it is wrong', async () => {
    const { client, lane } = await handle.stage(codec).join();
    const submit = (task: object) => paths(client, 'task.submit', { lane, task: { name: 'nobody', ...task } });
    expect(await submit({ priority: 'SOON' })).toContain('task.priority');
    expect(await submit({ priority: 6 })).toContain('task.priority');
    expect(await submit({ priority: 0 })).toContain('task.priority');
    expect(await submit({ name: 7 })).toContain('task.name');
    expect(await submit({ preempt: 'politely' })).toContain('task.preempt');
    expect(await submit({ on_interrupt: 'explode' })).toContain('task.on_interrupt');
    expect(await submit({ interruptible: 'yes' })).toContain('task.interruptible');
    expect(await submit({ executor: 'moon' })).toContain('task.executor');
    expect(await submit({ ttl_ms: -1 })).toContain('task.ttl_ms');
    expect(await submit({ timeout_ms: 'soon' })).toContain('task.timeout_ms');
    expect(await submit({ max_attempts: 0 })).toContain('task.max_attempts');
    expect(await submit({ dedupe: { key: 'k', mode: 'maybe' } })).toContain('task.dedupe.mode');
    expect(await paths(client, 'task.submit', { lane })).toContain('task');
    expect(await paths(client, 'task.submit', { lane: 'no good', task: { name: 'nobody' } })).toContain('lane');
    expect(await paths(client, 'task.cancel', {})).toContain('task_id');
    expect((await paths(client, 'subscribe', { lane, topics: ['state', 'weather'] })).join()).toMatch(/^topics/);
    expect(await paths(client, 'worker.register', { lane, names: 'chat' })).toContain('names');
    await client.fence();
    expect(await client.ok('lane.status', { lane })).toMatchObject({ queue_size: 0 });
  });

  it('a message that is no object, or has no type, is an error, and the connection stays open', async () => {
    const client = await handle.stage(codec).client();
    const wrong = [42, 'ping', null, true, [], [{ type: 'ping', id: 1 }], {}, { id: 5 }, { type: 7 }, { type: null }];
    for (const message of wrong) {
      client.sendRaw(client.encode(message));
      await client.expectFrame({ type: 'error', code: 'invalid_message' });
    }
    await client.fence();
  });

  it('a frame of the limit passes, one past it closes with 1009', async () => {
    const stage = handle.stage(codec);
    const client = await stage.client();
    const frame = (id: number, size: number): string | Uint8Array => {
      const around = client.encode({ type: 'ping', id, padding: 'x'.repeat(100_000) }).length - 100_000;
      return client.encode({ type: 'ping', id, padding: 'x'.repeat(size - around) });
    };
    const fits = frame(901, 262_144);
    // MessagePack's header of a longer string may be two bytes longer than that of the sample.
    expect(Math.abs(fits.length - 262_144)).toBeLessThanOrEqual(2);
    client.sendRaw(frame(901, 262_142));
    await client.expectFrame({ type: 'ok', re: 901 });
    client.sendRaw(frame(902, 262_150));
    expect(await client.closeCode()).toBe(1009);
    await (await stage.client()).fence();
  });

  it('args are 64 KiB at most', async () => {
    const { client, lane } = await handle.stage(codec).join();
    const submit = (size: number) => ({ lane, task: { name: 'nobody', args: 'x'.repeat(size) } });
    await client.ok('task.submit', submit(65_000));
    expect(await client.refused('task.submit', submit(66_000), 'too_large')).toMatchObject({ retryable: false });
  });

  it('a frame of the wrong kind closes with 4504', async () => {
    const client = await handle.stage(codec).client();
    const message = { type: 'ping', id: 1 };
    client.sendRaw(codec === 'json' ? packr.pack(message) : JSON.stringify(message));
    expect(await client.closeCode()).toBe(4504);
  });

  it.each(['an unknown field', 'args'])('deep nesting in %s costs nobody else anything', async (where) => {
    const stage = handle.stage(codec);
    const bystander = await stage.join();
    const client = await stage.client();
    const submit = { type: 'task.submit', id: 901, lane: stage.lane, task: { name: 'nobody', args: null } };
    client.sendRaw(nested(codec, where === 'args' ? submit : { type: 'ping', id: 901, colour: null }, 30_000));
    const answer = await client.expectFrame({ re: 901 }).then(
      ({ type, code }) => (type === 'ok' ? type : code),
      () => client.closeCode(),
    );
    expect(where === 'args' ? ['invalid_message', 4500] : ['ok', 'invalid_message', 4500]).toContain(answer);
    expect((await bystander.status()).queue_size).toBe(0);
  });
});

describe('a frame that cannot be decoded closes with 4500', () => {
  it.each(['{"type":"ping"', 'ping', '', '{"type":"ping"}}', "{'type':'ping'}", '\u0000'])('JSON %j', async (text) => {
    const client = await handle.stage('json').client();
    client.sendRaw(text);
    expect(await client.closeCode()).toBe(4500);
  });

  it.each([
    ['a byte that is never used', [0xc1]],
    ['a map that ends too early', [0x82, 0xa4, 0x74, 0x79, 0x70, 0x65]],
    ['an array that claims four thousand million items', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a map that claims four thousand million entries', [0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61]],
    ['a string longer than its frame', [0xdb, 0x7f, 0xff, 0xff, 0xff, 0x61]],
    ['nothing at all', []],
    ['a string that is no UTF-8', payload([0xa2, 0xff, 0xfe])],
    ['half of a surrogate pair', payload([0xa3, 0xed, 0xa0, 0x80])],
    ['a key that is no UTF-8', payload([0x81, 0xa1, 0xff, 0x01])],
    ['a key that is a number', payload([0x81, 0x01, 0x02])],
    ['a key that is a boolean', payload([0x81, 0xc3, 0x02])],
  ])('MessagePack with %s', async (_what, bytes) => {
    const stage = handle.stage('msgpack');
    const client = await stage.client();
    client.sendRaw(Uint8Array.from(bytes));
    expect(await client.closeCode()).toBe(4500);
    await (await stage.client()).fence();
  });
});

describe('payloads are JSON values in both encodings', () => {
  it.each([
    ['a number past the largest double', '1e400'],
    ['an integer past 2^53', '9007199254740993'],
    ['half of a surrogate pair', '"\\ud83d"'],
  ])('JSON with %s is refused', async (_what, value) => {
    const { client, lane } = await handle.stage('json').join();
    client.sendRaw(`{"type":"task.submit","id":77,"lane":"${lane}","task":{"name":"nobody","args":{"v":${value}}}}`);
    expect(await client.expectFrame({ re: 77 })).toMatchObject({ type: 'error', code: 'invalid_message' });
    await client.fence();
  });

  it.each([
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['a date', new Date(0)],
    ['bytes', new Uint8Array([1, 2, 3])],
    ['an integer past 2^53', 2n ** 60n],
  ])('MessagePack with %s is refused', async (_what, value) => {
    const { client, lane } = await handle.stage('msgpack').join();
    const request = client.request('task.submit', { lane, task: { name: 'nobody', args: { v: value } } });
    expect(await request).toMatchObject({ type: 'error', code: 'invalid_message' });
    await client.fence();
  });

  it('MessagePack integers of 64 bits are numbers', async () => {
    const { client, lane } = await handle.stage('msgpack').join();
    client.send('pong', { at: BigInt(Date.now()) });
    const args = { unsigned: 2n ** 40n, signed: -(2n ** 40n), small: 5n };
    const { task_id } = await client.ok('task.submit', { lane, task: { name: 'nobody', args, ttl_ms: 60_000n } });
    const { task } = await client.ok('task.get', { task_id });
    expect(task.args).toEqual({ unsigned: 2 ** 40, signed: -(2 ** 40), small: 5 });
  });

  it('MessagePack with the key __proto__ is refused', async () => {
    const { client } = await handle.stage('msgpack').join();
    client.sendRaw(payload([0x81, 0xa9, ...Buffer.from('__proto__'), 0x01]));
    expect(await client.expectFrame({ re: 79 })).toMatchObject({ type: 'error', code: 'invalid_message' });
    await client.fence();
  });

  it('a key of __proto__ is data or refused, and poisons nothing', async () => {
    const stage = handle.stage('json');
    const { client, lane } = await stage.join();
    client.sendRaw(
      `{"type":"task.submit","id":78,"lane":"${lane}","task":{"name":"nobody","args":{"__proto__":{"state":"x"}}}}`,
    );
    await client.expectFrame({ re: 78 });
    const clean = await stage.join();
    const { task_id } = await clean.submit({ name: 'nobody', args: {} });
    expect(JSON.stringify((await clean.get(task_id)).args)).toBe('{}');
  });
});

describe('garbage', () => {
  it('of every kind costs nobody else anything', async () => {
    const stage = handle.stage();
    const bystander = await stage.client();
    let seed = 20_241;
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff;
      return seed % below;
    };
    for (let round = 0; round < 60; round += 1) {
      const codec = CODECS[round % 2] ?? 'json';
      const client = await stage.client({ codec });
      const bytes = Buffer.from(Array.from({ length: 1 + random(300) }, () => random(256)));
      client.sendRaw(codec === 'json' ? bytes.toString('latin1') : bytes);
      // Either it could be decoded, and an error says what is wrong with it, or it could not, and the socket closes.
      const answer = await client.expectFrame({ type: 'error' }).then(
        ({ code }) => code,
        () => client.closeCode(),
      );
      expect([4500, 'invalid_message', 'unknown_type'], `seed 20241, round ${round}`).toContain(answer);
    }
    await bystander.fence();
  });
});
