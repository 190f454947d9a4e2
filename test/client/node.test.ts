// The client's contract in Node, over real sockets, in both encodings.
import { connect, type CueHub } from '@cuehub/client';
import { createHub, type HubServer } from 'cuehub';
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { clientContract } from './client-contract.js';
import { SocketProxy } from './socket-proxy.js';
import { Stage } from './stage.js';

const token = 'contract-token';

describe.each(['msgpack', 'json'] as const)('a client over %s', (encoding) => {
  let server: HubServer;
  let proxy: SocketProxy;
  const clients: CueHub[] = [];

  beforeAll(async () => {
    server = await createHub({ token, rate_limit: 0 });
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    proxy = await SocketProxy.inFrontOf(port);
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(async () => {
    await proxy.close();
    await server.close({ graceful: false });
  });

  // Bytes need MessagePack, whoever asks.
  const promises = clientContract.filter(({ name }) => encoding === 'msgpack' || !name.startsWith('bytes'));
  test.each(promises.map((promise, index): [string, typeof promise, number] => [promise.name, promise, index]))(
    '%s',
    async (_name, promise, index) => {
      const hub = {
        connect: (options: Parameters<typeof connect>[1]) => {
          const client = connect(`ws://127.0.0.1:${proxy.port}/ws`, { ...options, token, encoding });
          clients.push(client);
          return client;
        },
        cut: () => proxy.cut(),
      };
      await promise.run(new Stage(hub, `contract-${index}`));
    },
  );
});
