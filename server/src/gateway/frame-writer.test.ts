import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { jsonCodec, msgpackCodec } from '@cuehub/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { Packet } from '../hub/packet.js';
import { canWriteDirectly } from './direct-write.js';
import { canPreframe, encodeFrame, packetOf, packetOfPackets, packetWriter, payloadOf } from './frame-writer.js';

const open: { server: Server; ends: WebSocket[] }[] = [];

async function pair(perMessageDeflate = false): Promise<{ hub: WebSocket; client: WebSocket }> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate });
  const hub = await new Promise<WebSocket>((resolve) => sockets.once('connection', resolve));
  if (client.readyState !== WebSocket.OPEN) await new Promise((resolve) => client.once('open', resolve));
  open.push({ server, ends: [hub, client] });
  return { hub, client };
}

function receive(client: WebSocket, count: number): Promise<{ text: string; binary: boolean }[]> {
  const got: { text: string; binary: boolean }[] = [];
  return new Promise((resolve) => {
    client.on('message', (data, binary) => {
      got.push({ text: (data as Buffer).toString('utf8'), binary });
      if (got.length === count) resolve(got);
    });
  });
}

/** Resolves when it has left, whether at once or later. */
function whenWritten(ws: WebSocket, packet: Packet, binary: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (packetWriter(ws, binary).write(packet, resolve)) resolve();
  });
}

afterEach(() => {
  for (const { server, ends } of open.splice(0)) {
    for (const end of ends) end.terminate();
    server.close();
  }
});

test('this version of ws lets frames be built beforehand, and without it messages go through send', () => {
  // When this fails after an update of ws, everything still works; fan-out only costs five times as much.
  expect(canPreframe).toBe(process.env['CUEHUB_WS'] !== 'from-outside');
});

test('where Node does not let sockets be written to directly, frames go through the socket', () => {
  expect(canWriteDirectly).toBe(process.env['CUEHUB_WRITE'] !== 'ordinary');
});

test.each([0, 125, 126, 65_535, 65_536])('a message of %i bytes arrives whole, between two others', async (length) => {
  const { hub, client } = await pair();
  const got = receive(client, 3);
  const messages = [{ n: 1 }, { text: 'x'.repeat(length) }, { n: 3 }];
  const left = whenWritten(hub, packetOf(messages.map((message) => encodeFrame(jsonCodec, message))), false);
  expect((await got).map(({ text }) => JSON.parse(text) as object)).toEqual(messages);
  expect((await got).every(({ binary }) => !binary)).toBe(true);
  await left;
});

test('MessagePack goes in binary frames', async () => {
  const { hub, client } = await pair();
  const got = receive(client, 1);
  const frame = encodeFrame(msgpackCodec, { n: 1 });
  await whenWritten(hub, packetOf([frame]), true);
  expect((await got)[0]?.binary).toBe(true);
  expect(msgpackCodec.decode(payloadOf(frame))).toEqual({ n: 1 });
});

test('a socket with an extension gets its frames through ws, in order', async () => {
  const { hub, client } = await pair(true);
  expect(hub.extensions).not.toBe('');
  const got = receive(client, 2);
  const packet = packetOf([encodeFrame(jsonCodec, { n: 1 }), encodeFrame(jsonCodec, { n: 2 })]);
  const left = whenWritten(hub, packet, false);
  expect((await got).map(({ text }) => text)).toEqual(['{"n":1}', '{"n":2}']);
  await left;
});

test('a packet for many is joined once, several packets arrive in order, and many bytes are not copied', async () => {
  const a = await pair();
  const b = await pair();
  const small = packetOf([encodeFrame(jsonCodec, { n: 1 }), encodeFrame(jsonCodec, { n: 2 })]);
  const large = packetOf([encodeFrame(jsonCodec, { n: 'x'.repeat(100_000) }), encodeFrame(jsonCodec, { n: 4 })]);
  const gotA = receive(a.client, 6);
  const gotB = receive(b.client, 2);
  await whenWritten(a.hub, small, false);
  const { joined } = small;
  await whenWritten(b.hub, small, false);
  expect(small.joined).toBe(joined);
  await whenWritten(a.hub, packetOfPackets([small, large]), false);
  const numbers = (await gotA).map(({ text }) => (JSON.parse(text) as { n: number | string }).n);
  expect(numbers).toEqual([1, 2, 1, 2, 'x'.repeat(100_000), 4]);
  expect((await gotB).map(({ text }) => text)).toEqual(['{"n":1}', '{"n":2}']);
});

test('what the system has no room for is told when it has left', async () => {
  const { hub, client } = await pair();
  client.pause();
  const packet = packetOf([encodeFrame(jsonCodec, { n: 'x'.repeat(1024 * 1024) })]);
  const writer = packetWriter(hub, false);
  let writes = 0;
  let left = Promise.resolve();
  let waits = false;
  // Some megabytes fit into the buffers of the system; how many is its own affair.
  while (!waits) {
    writes += 1;
    left = new Promise((resolve) => {
      waits = !writer.write(packet, resolve);
    });
    if (!canPreframe && writes === 50) break;
  }
  const got = receive(client, writes);
  client.resume();
  await left;
  expect(await got).toHaveLength(writes);
});

test('a packet in one piece passes the Writable of Node by where that can be, and many bytes go in one writev', async () => {
  const { hub, client } = await pair();
  const { _socket: socket } = hub as unknown as { _socket: Socket };
  const ordinary = vi.spyOn(socket, 'write');
  const got = receive(client, 6);
  const small = packetOf([encodeFrame(jsonCodec, { n: 1 })]);
  await whenWritten(hub, small, false);
  await whenWritten(hub, packetOfPackets([small, small]), false);
  const writes = ordinary.mock.calls.length;
  expect(writes > 0).toBe(!(canPreframe && canWriteDirectly));
  await whenWritten(
    hub,
    packetOfPackets([small, packetOf([encodeFrame(jsonCodec, { n: 'x'.repeat(20_000) })])]),
    false,
  );
  expect(ordinary.mock.calls.length).toBeGreaterThanOrEqual(writes + 2);
  await whenWritten(hub, small, false);
  expect((await got).map(({ text }) => text.length)).toEqual([7, 7, 7, 7, 20_008, 7]);
});

test('a peer that hangs up while something is under way is a connection that closes', async () => {
  const { hub, client } = await pair();
  client.pause();
  const writer = packetWriter(hub, false);
  const packet = packetOf([encodeFrame(jsonCodec, { n: 'x'.repeat(24 * 1024 * 1024) })]);
  expect(writer.write(packet, () => {})).toBe(false);
  const closed = new Promise((resolve) => hub.once('close', resolve));
  const { _socket: socket } = client as unknown as { _socket: Socket };
  socket.resetAndDestroy();
  expect(await closed).toBe(1006);
});

test('a goodbye of ws comes after what is under way', async () => {
  const { hub, client } = await pair();
  client.pause();
  const writer = packetWriter(hub, false);
  const packets = [4 * 1024 * 1024, 8 * 1024 * 1024, 1].map((length) =>
    packetOf([encodeFrame(jsonCodec, { n: 'x'.repeat(length) })]),
  );
  for (const packet of packets) writer.write(packet, () => {});
  hub.ping();
  hub.close(4000, 'enough');
  const got = receive(client, packets.length);
  const closed = new Promise((resolve) => client.once('close', (code, reason) => resolve([code, reason.toString()])));
  client.resume();
  expect((await got).map(({ text }) => text.length)).toEqual(
    packets.map(({ frames }) => frames.reduce((bytes, frame) => bytes + payloadOf(frame).length, 0)),
  );
  expect(await closed).toEqual([4000, 'enough']);
});

test.each([2, 125, 126, 65_535, 65_536, 70_000])('the frame of a text of %i bytes is what ws makes of it', (bytes) => {
  // The real one, also where the tests hide it from the writer: there a frame is the bare message.
  const { Sender } = createRequire(import.meta.url)('ws') as {
    Sender: { frame: (data: Buffer, options: object) => readonly Buffer[] };
  };
  const around = Buffer.byteLength(JSON.stringify({ t: 'ä' }));
  for (const message of bytes < around
    ? [{}]
    : [{ t: 'x'.repeat(bytes - around + 2) }, { t: `ä${'x'.repeat(bytes - around)}` }]) {
    const payload = Buffer.from(JSON.stringify(message));
    expect(payload.length).toBe(bytes);
    const options = { fin: true, rsv1: false, opcode: 1, mask: false, readOnly: true };
    const frame = encodeFrame(jsonCodec, message);
    const expected = canPreframe ? Buffer.concat(Sender.frame(payload, options)) : payload;
    expect(frame.framed.equals(expected)).toBe(true);
    expect(payloadOf(frame).equals(payload)).toBe(true);
  }
});
