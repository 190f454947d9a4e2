import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { tokenOf } from './data-token.js';

let dir: string;
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'cuehub-token-')), 'data');
});
afterEach(() => rmSync(join(dir, '..'), { recursive: true, force: true }));

it('a directory has one token, whoever asks and however often', () => {
  const token = tokenOf(dir);
  expect(token.length).toBeGreaterThan(20);
  expect(tokenOf(dir)).toBe(token);
  expect(statSync(join(dir, 'token')).mode & 0o777).toBe(0o600);
});

it('a directory has another token for watching, kept in the same way', () => {
  const token = tokenOf(dir, 'watch-token');
  expect(token).not.toBe(tokenOf(dir));
  expect(tokenOf(dir, 'watch-token')).toBe(token);
  expect(statSync(join(dir, 'watch-token')).mode & 0o777).toBe(0o600);
});

it('an empty file gets a token', () => {
  tokenOf(dir);
  writeFileSync(join(dir, 'token'), '\n');
  expect(tokenOf(dir).length).toBeGreaterThan(20);
});

it('a token that others may read is refused, with the way out', () => {
  tokenOf(dir);
  chmodSync(join(dir, 'token'), 0o644);
  expect(() => tokenOf(dir)).toThrow(/chmod 600/);
});
