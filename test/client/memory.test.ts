// The client's contract inside the hub's own process: `hub.client()`, without a socket.
import type { CueHub } from '@cuehub/client';
import { createHub, type HubServer } from 'cuehub';
import { afterAll, afterEach, beforeAll, describe, test } from 'vitest';
import { clientContract } from './client-contract.js';
import { Stage } from './stage.js';

describe('a client in one process', () => {
  let server: HubServer;
  const clients: CueHub[] = [];

  beforeAll(async () => {
    server = await createHub({ token: 'contract-token', rate_limit: 0 });
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.close();
  });
  afterAll(() => server.close({ graceful: false }));

  // A link in memory cannot be cut.
  const promises = clientContract.filter(({ cuts }) => cuts !== true);
  test.each(promises.map((promise, index): [string, typeof promise, number] => [promise.name, promise, index]))(
    '%s',
    async (_name, promise, index) => {
      const hub = {
        connect: (options: Parameters<HubServer['client']>[0]) => {
          const client = server.client(options);
          clients.push(client);
          return client;
        },
      };
      await promise.run(new Stage(hub, `contract-${index}`));
    },
  );
});
