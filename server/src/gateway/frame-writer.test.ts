import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jsonCodec, msgpackCodec } from '@cuehub/protocol';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { canPreframe, encodeFrame, payloadOf, writeFrames } from './frame-writer.js';

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

afterEach(() => {
  for (const { server, ends } of open.splice(0)) {
    for (const end of ends) end.terminate();
    server.close();
  }
});

test('this version of ws lets frames be built beforehand', () => {
  // When this fails after an update of ws, everything still works; fan-out only costs five times as much.
  expect(canPreframe).toBe(true);
});

test.each([0, 125, 126, 65_535, 65_536])('a message of %i bytes arrives whole, between two others', async (length) => {
  const { hub, client } = await pair();
  const got = receive(client, 3);
  const messages = [{ n: 1 }, { text: 'x'.repeat(length) }, { n: 3 }];
  let done = 0;
  writeFrames(
    hub,
    messages.map((message) => encodeFrame(jsonCodec, message)),
    false,
    () => {
      done += 1;
    },
  );
  expect((await got).map(({ text }) => JSON.parse(text) as object)).toEqual(messages);
  expect((await got).every(({ binary }) => !binary)).toBe(true);
  expect(done).toBe(1);
});

test('MessagePack goes in binary frames', async () => {
  const { hub, client } = await pair();
  const got = receive(client, 1);
  const frame = encodeFrame(msgpackCodec, { n: 1 });
  writeFrames(hub, [frame], true, () => {});
  expect((await got)[0]?.binary).toBe(true);
  expect(msgpackCodec.decode(payloadOf(frame))).toEqual({ n: 1 });
});

test('a socket with an extension gets its frames through ws, in order', async () => {
  const { hub, client } = await pair(true);
  expect(hub.extensions).not.toBe('');
  const got = receive(client, 2);
  const done = new Promise<void>((resolve) => {
    writeFrames(hub, [encodeFrame(jsonCodec, { n: 1 }), encodeFrame(jsonCodec, { n: 2 })], false, resolve);
  });
  expect((await got).map(({ text }) => text)).toEqual(['{"n":1}', '{"n":2}']);
  await done;
});

test('sockets that get the same frames get the same bytes, one that gets others does not', async () => {
  const a = await pair();
  const b = await pair();
  const frames = [encodeFrame(jsonCodec, { n: 1 }), encodeFrame(jsonCodec, { n: 2 })];
  const other = [frames[0], encodeFrame(jsonCodec, { n: 3 })].filter((frame) => frame !== undefined);
  const gotA = receive(a.client, 4);
  const gotB = receive(b.client, 2);
  writeFrames(a.hub, frames, false, () => {});
  writeFrames(b.hub, [...frames], false, () => {});
  writeFrames(a.hub, other, false, () => {});
  expect((await gotA).map(({ text }) => text)).toEqual(['{"n":1}', '{"n":2}', '{"n":1}', '{"n":3}']);
  expect((await gotB).map(({ text }) => text)).toEqual(['{"n":1}', '{"n":2}']);
});
