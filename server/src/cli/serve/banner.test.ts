import pc from 'picocolors';
import { expect, test } from 'vitest';
import { type BannerFacts, banner } from './banner.js';
import { listenError } from './listen-error.js';

const facts: BannerFacts = {
  version: '1.2.3',
  url: 'http://127.0.0.1:8787',
  ws_url: 'ws://127.0.0.1:8787/ws',
  made_token: 'made-token',
  watch_token: 'watch-token',
  token_file: '/home/me/.local/state/cuehub/token-8787',
  data_dir: undefined,
  pages_built: true,
  command: 'npx cuehub',
  colors: pc.createColors(false),
};

test('it says where everything is, and the token that was made opens it', () => {
  const text = banner(facts);
  for (const part of [
    'http://127.0.0.1:8787/overlay#token=watch-token',
    'http://127.0.0.1:8787/overlay/setup#token=watch-token',
    'http://127.0.0.1:8787/#token=made-token',
    'ws://127.0.0.1:8787/ws',
    'http://127.0.0.1:8787/openapi.json',
    'also in /home/me/.local/state/cuehub/token-8787',
    "-H 'Authorization: Bearer made-token'",
    'npx cuehub demo ',
  ]) {
    expect(text).toContain(part);
  }
  expect(text).not.toContain('--url');
});

test('a token that the user brought is not repeated', () => {
  const text = banner({ ...facts, made_token: undefined, watch_token: undefined, token_file: undefined });
  expect(text).toContain('overlay#token=YOUR_WATCH_TOKEN');
  expect(text).toContain('#token=YOUR_TOKEN');
  expect(text).toContain('the one you gave');
});

test('on another port the commands say where the hub is', () => {
  expect(banner({ ...facts, url: 'http://127.0.0.1:9000' })).toContain('npx cuehub watch --url http://127.0.0.1:9000');
});

test('pages that were not built have no address', () => {
  expect(banner({ ...facts, pages_built: false })).toContain('not built: run `npm run build`');
});

test('a port that is taken is one clear line', () => {
  const error = Object.assign(new Error('listen EADDRINUSE: address already in use 127.0.0.1:8787'), {
    code: 'EADDRINUSE',
  });
  expect(listenError(error, '127.0.0.1', 8787).message).toBe(
    'port 8787 on 127.0.0.1 is taken: stop what uses it, or choose another with --port',
  );
});
