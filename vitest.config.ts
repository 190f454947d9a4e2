// Which tests there are and how they find the packages of this repository.
// Unit tests see the *sources* of other workspaces (no build needed, nothing stale); what is in `test/`
// sees the *built* packages through their `exports`, as a user would.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { findChromium } from './scripts/lib/chromium.mjs';

// vitest leaves one core to itself, which on two cores means one file at a time: and many tests here wait more than they work.
const maxWorkers = Math.max(2, availableParallelism());

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

const sources = [
  { find: /^@cuehub\/protocol\/schemas$/, replacement: at('protocol/src/schemas/index.ts') },
  { find: /^@cuehub\/protocol$/, replacement: at('protocol/src/index.ts') },
  { find: /^@cuehub\/client\/core$/, replacement: at('client-sdk/src/core.ts') },
  { find: /^@cuehub\/client$/, replacement: at('client-sdk/src/node.ts') },
];

/** Files of one project share what they load: to load it anew for each took as long as half of the tests. */
const unit = (name: string, folder: string) => ({
  resolve: { alias: sources },
  test: {
    name,
    root: at('.'),
    include: [`${folder}/src/**/*.test.ts`],
    environment: 'node' as const,
    maxWorkers,
    isolate: false,
  },
});

export default defineConfig({
  test: {
    projects: [
      unit('protocol', 'protocol'),
      unit('client-sdk', 'client-sdk'),
      unit('server', 'server'),
      // The same tests where frames go through the public `send` of ws, as with a version whose inside is another.
      {
        resolve: {
          alias: [{ find: /^ws$/, replacement: at('server/src/gateway/testing/ws-from-outside.ts') }, ...sources],
        },
        test: {
          name: 'gateway-send',
          root: at('.'),
          include: ['server/src/gateway/**/*.test.ts'],
          // This knows nothing of ws.
          exclude: ['server/src/gateway/direct-write.test.ts'],
          environment: 'node',
          env: { CUEHUB_WS: 'from-outside' },
          maxWorkers,
        },
      },
      // What touches sockets of them where Node's own way to the system is taken, as with a version whose inside is another.
      {
        resolve: { alias: sources },
        test: {
          name: 'gateway-write',
          root: at('.'),
          include: ['server/src/gateway/{frame-writer,gateway}.test.ts'],
          setupFiles: ['server/src/gateway/testing/no-direct-write.ts'],
          environment: 'node',
          env: { CUEHUB_WRITE: 'ordinary' },
          maxWorkers,
        },
      },
      unit('web', 'web'),
      unit('bench', 'bench'),
      {
        test: {
          name: 'cross',
          root: at('.'),
          include: ['test/**/*.test.ts'],
          environment: 'node',
          // Browser tests fail where this is empty; `npm test` sees to it that it is not.
          env: { CUEHUB_CHROMIUM: findChromium() ?? '' },
          pool: 'forks',
          maxWorkers,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          // A second, which is the default, is little for a page on a machine that does something else too.
          expect: { poll: { timeout: 10_000 } },
        },
      },
    ],
  },
});
