// The client's contract in a page. Bundled by `browser.test.ts`, which says which promise to keep and cuts connections.
import { connect, type CueHub } from '@cuehub/client';
import { clientContract } from './client-contract.js';
import { Stage } from './stage.js';

export interface InPage {
  url: string;
  token: string;
  encoding: 'msgpack' | 'json';
  index: number;
}

declare global {
  // What the page and its test have of each other.
  var keepPromise: (order: InPage) => Promise<void>;
  var cutConnections: () => Promise<void>;
}

globalThis.keepPromise = async ({ url, token, encoding, index }) => {
  const clients: CueHub[] = [];
  const promise = clientContract[index];
  if (promise === undefined) throw new Error(`there is no promise ${index}`);
  try {
    const hub = {
      connect: (options: Parameters<typeof connect>[1]) => {
        const client = connect(url, { ...options, token, encoding });
        clients.push(client);
        return client;
      },
      cut: () => globalThis.cutConnections(),
    };
    await promise.run(new Stage(hub, `contract-${index}`));
  } finally {
    for (const client of clients) client.close();
  }
};
