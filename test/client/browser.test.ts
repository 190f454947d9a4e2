// The client's contract in Chromium, under a policy that forbids making code from strings.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createHub, type HubServer } from 'cuehub';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { useBrowser, type Visit } from '../browser/browser.js';
import { clientContract } from './client-contract.js';
import { SocketProxy } from './socket-proxy.js';

const token = 'contract-token';
const POLICY = "default-src 'none'; script-src 'self'; connect-src ws://127.0.0.1:*; img-src data:";
/** The browser inside OBS 28–30. */
const TARGET = 'chrome103';

const browser = useBrowser();

describe.each(['msgpack', 'json'] as const)('a client in a page, over %s', (encoding) => {
  let hub: HubServer;
  let proxy: SocketProxy;
  let pages: Server;
  let visit: Visit;

  beforeAll(async () => {
    hub = await createHub({ token, rate_limit: 0 });
    const { port } = await hub.listen({ host: '127.0.0.1', port: 0 });
    proxy = await SocketProxy.inFrontOf(port);
    const entry = fileURLToPath(new URL('./in-page.ts', import.meta.url));
    const { outputFiles } = await build({
      entryPoints: [entry],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      target: TARGET,
      write: false,
    });
    const script = outputFiles[0]?.text ?? '';
    pages = createServer(({ url: path }, response) => {
      const [type, body] =
        path === '/page.js'
          ? ['text/javascript', script]
          : [
              'text/html',
              '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
            ];
      response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(body);
    });
    await new Promise<void>((resolve) => pages.listen(0, '127.0.0.1', resolve));
    visit = await browser.stay();
    await visit.page.exposeFunction('cutConnections', () => proxy.cut());
    await visit.page.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
    await visit.page.waitForFunction(() => typeof globalThis.keepPromise === 'function');
  });
  afterAll(async () => {
    const closed = new Promise((resolve) => pages.close(resolve));
    pages.closeAllConnections();
    await closed;
    await proxy.close();
    await hub.close({ graceful: false });
  });

  // Bytes need MessagePack, whoever asks.
  const promises = [...clientContract.entries()].filter(
    ([, { name }]) => encoding === 'msgpack' || !name.startsWith('bytes'),
  );
  test.each(promises.map(([index, { name }]): [string, number] => [name, index]))('%s', async (_name, index) => {
    const { page, complaints } = visit;
    const before = complaints.length;
    await page.evaluate((order) => globalThis.keepPromise(order), {
      url: `ws://127.0.0.1:${proxy.port}/ws`,
      token,
      encoding,
      index,
    });
    // A policy that was broken would say so; a connection that was cut may.
    expect(complaints.slice(before).filter((complaint) => !complaint.includes('WebSocket'))).toEqual([]);
  });
});
