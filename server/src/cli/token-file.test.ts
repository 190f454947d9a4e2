import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { resolveTarget } from './target.js';
import { findToken, forgetToken, keepToken, stateDir } from './token-file.js';

const homes: string[] = [];
function makeHome() {
  const home = mkdtempSync(join(tmpdir(), 'cuehub-home-'));
  homes.push(home);
  return { HOME: home };
}
afterEach(() => {
  for (const home of homes.splice(0)) rmSync(home, { recursive: true });
});

test('a token is kept for its port, readable by its user alone', () => {
  const env = makeHome();
  const file = keepToken(8787, 'secret-1', env);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(stateDir(env)).mode & 0o777).toBe(0o700);
  expect([findToken(8787, env), findToken(8788, env)]).toEqual(['secret-1', undefined]);
});

test('the runtime folder of the session is used where there is one', () => {
  const { HOME } = makeHome();
  expect(stateDir({ HOME, XDG_RUNTIME_DIR: HOME })).toBe(join(HOME, 'cuehub'));
  expect(stateDir({ HOME, XDG_RUNTIME_DIR: join(HOME, 'missing') })).toBe(join(HOME, '.local', 'state', 'cuehub'));
});

test('a file that others can read is not believed', () => {
  const env = makeHome();
  chmodSync(keepToken(8787, 'secret-1', env), 0o644);
  expect(findToken(8787, env)).toBeUndefined();
});

test('a hub that ends removes its token, but not that of the next hub on its port', () => {
  const env = makeHome();
  const file = keepToken(8787, 'secret-1', env);
  keepToken(8787, 'secret-2', env);
  forgetToken(8787, 'secret-1', env);
  expect(findToken(8787, env)).toBe('secret-2');
  forgetToken(8787, 'secret-2', env);
  expect(existsSync(file)).toBe(false);
});

test('a command takes the token from its option, the environment, or what the local hub left, in that order', () => {
  const env = makeHome();
  keepToken(8787, 'left', env);
  expect(resolveTarget({}, env)).toEqual({
    url: 'http://127.0.0.1:8787',
    ws_url: 'ws://127.0.0.1:8787/ws',
    token: 'left',
  });
  expect(resolveTarget({}, { ...env, CUEHUB_TOKEN: 'env' }).token).toBe('env');
  expect(resolveTarget({ token: 'option' }, { ...env, CUEHUB_TOKEN: 'env' }).token).toBe('option');
});

test('the token of this machine is never sent to another one on the same port', () => {
  const env = makeHome();
  keepToken(8787, 'left', env);
  expect(resolveTarget({ url: 'http://10.0.0.7:8787' }, env).token).toBeUndefined();
  expect(resolveTarget({ url: 'http://127.0.0.1.evil.example:8787' }, env).token).toBeUndefined();
  expect(resolveTarget({ url: 'localhost:8787' }, env).token).toBe('left');
});

test('the URL may be of the page, of the socket, or bare; what is none is one clear line', () => {
  expect(resolveTarget({ url: 'wss://hub.example/ws' }, {})).toMatchObject({
    url: 'https://hub.example',
    ws_url: 'wss://hub.example/ws',
  });
  expect(resolveTarget({}, { CUEHUB_URL: 'http://hub.local:9000/' }).url).toBe('http://hub.local:9000');
  expect(() => resolveTarget({ url: 'http://' }, {})).toThrow('is not the URL of a hub');
  expect(() => resolveTarget({ url: 'ftp://hub' }, {})).toThrow('begins with http:// or https://');
});
