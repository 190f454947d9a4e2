import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { canWriteDirectly, type DirectWriter, directWriter } from './direct-write.js';

const MEBIBYTE = 1024 * 1024;
const open: { server: Server; ends: Socket[] }[] = [];

/** Nobody reads at either end until somebody resumes. */
async function pair(): Promise<{ hub: Socket; client: Socket; direct: DirectWriter }> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
  client.pause();
  const [[hub]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [[Socket], unknown];
  open.push({ server, ends: [hub, client] });
  const direct = directWriter(hub);
  if (direct === null) throw new Error('this Node does not let sockets be written to directly');
  return { hub, client, direct };
}

/** Resolves when it has left, whether at once or later. */
function whenWritten(direct: DirectWriter, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (direct.write(bytes, resolve)) resolve();
  });
}

/** Bytes of which each says where it belongs. */
function numbered(length: number, from = 0): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32BE(from + at, at);
  return bytes;
}

async function everythingFrom(client: Socket): Promise<Buffer> {
  const got: Buffer[] = [];
  client.on('data', (data: Buffer) => got.push(data));
  client.resume();
  await once(client, 'end');
  return Buffer.concat(got);
}

/** Fills the buffers of the system, and returns what it wrote. */
function fill(direct: DirectWriter, done: () => void): Buffer[] {
  const written: Buffer[] = [];
  for (let taken = true; taken; ) {
    const bytes = numbered(MEBIBYTE, written.length * MEBIBYTE);
    taken = direct.write(bytes, done);
    written.push(bytes);
  }
  return written;
}

afterEach(() => {
  for (const { server, ends } of open.splice(0)) {
    for (const end of ends) end.destroy();
    server.close();
  }
});

test('this version of Node lets sockets be written to directly', () => {
  // When this fails after an update of Node, everything still works; fan-out only costs a little more.
  expect(canWriteDirectly).toBe(true);
});

test('what is no TCP socket of Node is written to in the ordinary way', () => {
  expect(directWriter(new Duplex())).toBeNull();
  expect(directWriter(Object.create(null) as object)).toBeNull();
});

test('direct and ordinary writes arrive in the order in which they were made', async () => {
  const { hub, client, direct } = await pair();
  const got = everythingFrom(client);
  const written: Buffer[] = [];
  let waited = 0;
  for (let n = 0; n < 300; n += 1) {
    const bytes = numbered(4 * (1 + ((n * 7919) % 20_000)), n * 1_000_000);
    written.push(bytes);
    // Every third as ws would write a ping or a goodbye, whatever is under way.
    if (n % 3 === 0 || !direct.ready) hub.write(bytes);
    else if (!direct.write(bytes, () => {})) waited += 1;
    if (n % 50 === 49) await new Promise((resolve) => hub.write('', resolve));
  }
  hub.end();
  const all = Buffer.concat(written);
  expect((await got).equals(all)).toBe(true);
  expect(hub.bytesWritten).toBe(all.length);
  // Both ways were taken through the system's buffers running full.
  expect(waited).toBeGreaterThan(0);
});

test('a reader that stops is told of when it has gone on, and what comes meanwhile waits behind', async () => {
  const { hub, client, direct } = await pair();
  let done = 0;
  const written = fill(direct, () => (done += 1));
  expect(direct.ready).toBe(false);
  const behind = Buffer.from('and this');
  const behindLeft = new Promise((resolve) => hub.write(behind, resolve));
  expect(hub.writableLength).toBe(behind.length);
  expect(done).toBe(0);
  const got = everythingFrom(client);
  await behindLeft;
  expect(done).toBe(1);
  expect(direct.ready).toBe(true);
  await whenWritten(direct, Buffer.from(' after it'));
  hub.end();
  expect((await got).equals(Buffer.concat([...written, behind, Buffer.from(' after it')]))).toBe(true);
  expect(done).toBe(1);
});

test('what is under way leaves before the end', async () => {
  const { hub, client, direct } = await pair();
  const written = fill(direct, () => {});
  hub.end();
  expect(direct.ready).toBe(false);
  expect((await everythingFrom(client)).equals(Buffer.concat(written))).toBe(true);
});

test('many megabytes in one write arrive whole, though nobody else keeps them', async () => {
  const { hub, client, direct } = await pair();
  const got = everythingFrom(client);
  const left = whenWritten(direct, numbered(24 * MEBIBYTE));
  // What the heap would put in their place.
  for (let n = 0; n < 24; n += 1) Buffer.alloc(MEBIBYTE, 0xff);
  await left;
  hub.end();
  expect((await got).equals(numbered(24 * MEBIBYTE))).toBe(true);
});

test('a request is not used again while the system has it', async () => {
  const stopped = await Promise.all([pair(), pair(), pair()]);
  const done: number[] = [];
  const written = stopped.map(({ direct }, n) => fill(direct, () => done.push(n)));
  // The last one first: each is told of its own.
  for (const n of [2, 0, 1]) {
    const { hub, client } = stopped[n] ?? (await pair());
    const got = everythingFrom(client);
    hub.end();
    expect((await got).equals(Buffer.concat(written[n] ?? []))).toBe(true);
  }
  expect(done).toEqual([2, 0, 1]);
});

type Write = (hub: Socket, direct: DirectWriter, bytes: Buffer, done: () => void) => void;
const directly: Write = (_, direct, bytes, done) => {
  direct.write(bytes, done);
};
const ordinarily: Write = (hub, _, bytes) => {
  hub.write(bytes);
};

/** What a socket tells when its peer hung up and it is written to. */
async function errorOf(write: Write, bytes: number): Promise<{ told: object; done: number }> {
  const { hub, client, direct } = await pair();
  const failed = once(hub, 'error') as Promise<[NodeJS.ErrnoException]>;
  const closed = new Promise((resolve) => hub.once('close', resolve));
  let done = 0;
  const finished = (): void => {
    done += 1;
  };
  if (bytes > 0) write(hub, direct, Buffer.alloc(bytes), finished);
  client.resetAndDestroy();
  await once(client, 'close');
  // It does not read, so only a write finds out.
  if (bytes === 0) write(hub, direct, Buffer.from('x'), finished);
  const [{ message, code, errno, syscall }] = await failed;
  expect(await closed).toBe(true);
  expect(direct.ready).toBe(false);
  return { told: { message, code, errno, syscall }, done };
}

test.each([
  ['before a write', 0],
  ['while one is under way', 24 * MEBIBYTE],
])('a peer that hangs up %s ends the socket with the error that Node gives', async (_, bytes) => {
  const { told, done } = await errorOf(directly, bytes);
  expect(told).toEqual((await errorOf(ordinarily, bytes)).told);
  expect(told).toMatchObject({ syscall: 'write', code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) as string });
  expect(done).toBe(0);
});

test('a socket that goes while a write is under way says nothing more of it', async () => {
  const { hub, direct } = await pair();
  let done = 0;
  fill(direct, () => (done += 1));
  const closed = once(hub, 'close');
  hub.destroy();
  await closed;
  expect(done).toBe(0);
});

test('nothing is written directly while the ordinary way has something to do', async () => {
  const { hub, direct } = await pair();
  expect(direct.ready).toBe(true);
  hub.cork();
  expect(direct.ready).toBe(false);
  hub.uncork();
  expect(direct.ready).toBe(true);
  // Node notes each write as a sign of life.
  hub.setTimeout(60_000);
  expect(direct.ready).toBe(false);
  hub.setTimeout(0);
  expect(direct.ready).toBe(true);
  hub.write(Buffer.alloc(24 * MEBIBYTE));
  expect(direct.ready).toBe(false);
  hub.destroy();
  expect(direct.ready).toBe(false);
});
