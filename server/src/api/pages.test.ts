import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { makeApi } from './testing/ask.js';

const dir = mkdtempSync(join(tmpdir(), 'cuehub-pages-'));
mkdirSync(join(dir, 'assets'));
writeFileSync(join(dir, 'index.html'), '<title>home</title>');
writeFileSync(join(dir, 'overlay.html'), '<title>overlay</title>');
writeFileSync(join(dir, 'sdk.js'), 'export {};');
writeFileSync(join(dir, 'assets', 'overlay-1a2b.js'), '1;');
writeFileSync(join(dir, 'secrets'), 'no type, no page');
afterAll(() => rmSync(dir, { recursive: true }));

test('built pages are served with their types, without a token', async () => {
  const { ask } = makeApi({ pages_dir: dir });
  const expected = {
    '/': 'text/html',
    '/overlay': 'text/html',
    '/sdk.js': 'text/javascript',
    '/assets/overlay-1a2b.js': 'text/javascript',
  };
  for (const [path, type] of Object.entries(expected)) {
    const { status, headers } = await ask(path, { token: null });
    expect([path, status, headers.get('Content-Type')]).toEqual([path, 200, `${type}; charset=utf-8`]);
  }
  expect((await ask('/overlay', { token: null })).body).toBe('<title>overlay</title>');
});

test('a page that did not change is 304', async () => {
  const { ask, fetch } = makeApi({ pages_dir: dir });
  const etag = (await ask('/overlay')).headers.get('ETag') ?? '';
  const again = await fetch('/overlay', { headers: { 'If-None-Match': `"other", W/${etag}` } });
  expect([again.status, await again.text(), again.headers.get('ETag')]).toEqual([304, '', etag]);
  expect((await ask('/overlay', { headers: { 'If-None-Match': '"other"' } })).status).toBe(200);
});

test('only names with a hash in them may be kept without asking', async () => {
  const { ask } = makeApi({ pages_dir: dir });
  expect((await ask('/overlay')).headers.get('Cache-Control')).toBe('no-cache');
  expect((await ask('/assets/overlay-1a2b.js')).headers.get('Cache-Control')).toContain('immutable');
});

test('a page with a slash at its end is moved to where its files are found, below a proxy too', async () => {
  const { ask } = makeApi({ pages_dir: dir });
  const moved = {
    '/overlay/': '/overlay',
    '/overlay/setup/': '/overlay/setup',
    '/console/': '/console',
    '/voice/?lane=side': '/voice?lane=side',
    '/%6fverlay/': '/overlay',
  };
  for (const [path, expected] of Object.entries(moved)) {
    const { status, headers } = await ask(path, { token: null });
    const location = headers.get('Location') ?? '';
    expect([path, status, new URL(location, `http://hub${path}`).href]).toEqual([path, 308, `http://hub${expected}`]);
    expect(new URL(location, `http://proxy/hub${path}`).href).toBe(`http://proxy/hub${expected}`);
  }
});

test('no address moves anybody to another host', async () => {
  const { fetch } = makeApi({ pages_dir: dir });
  for (const path of [
    '/',
    '//evil.example/',
    '/overlay//',
    '/evil.example//',
    '/%2fevil.example/',
    '/\\evil.example/',
  ]) {
    const { status, headers } = await fetch(`http://hub${path}`, { token: null });
    expect([path, status, headers.get('Location')]).toEqual([path, path === '/' ? 200 : 404, null]);
  }
});

test('a page that was not built is a 404 that says so', async () => {
  for (const api of [makeApi({ pages_dir: dir }), makeApi({ pages_dir: join(dir, 'missing') }), makeApi()]) {
    const { status, body } = await api.ask('/console', { token: null });
    expect([status, body.error.message]).toEqual([404, '/console is not built: run `npm run build`']);
  }
});

test('no path leads out of the folder, and files of unknown kinds are not pages', async () => {
  const { ask } = makeApi({ pages_dir: join(dir, 'assets') });
  for (const path of ['/../overlay.html', '/%2e%2e/overlay.html', '/..%2foverlay.html', '/assets/../overlay.html']) {
    expect((await ask(path)).status).toBe(404);
  }
  expect((await makeApi({ pages_dir: dir }).ask('/secrets')).status).toBe(404);
});
