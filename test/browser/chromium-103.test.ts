// The built pages as OBS 28–30 would read them. The other tests here run them in a browser without the newer APIs.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { FORGET_NEWER_APIS, NEWER_APIS, NEWER_CSS } from './newer-than-chromium-103.js';

const pages = fileURLToPath(new URL('../../server/dist/pages', import.meta.url));
const built = readdirSync(pages, { recursive: true, encoding: 'utf8' });
const read = (name: string): string => readFileSync(`${pages}/${name}`, 'utf8');
const scripts = built.filter((name) => name.endsWith('.js'));
const styles = built.filter((name) => name.endsWith('.css'));

describe('the built pages', () => {
  it('are an overlay, a start page and the client in one file', () => {
    expect(built).toEqual(expect.arrayContaining(['overlay.html', 'index.html', 'sdk.js']));
    expect(scripts.length).toBeGreaterThanOrEqual(3);
    expect(styles.length).toBeGreaterThanOrEqual(2);
    expect(read('sdk.js')).not.toMatch(/\bimport\b\s*[{*"']|\bfrom\s*["']/);
  });

  it.each(scripts)('call no API that is newer than Chromium 103: %s', (name) => {
    const code = read(name);
    const found = NEWER_APIS.filter(({ pattern }) => pattern.test(code)).map(({ pattern }) => pattern.source);
    expect(found).toEqual([]);
  });

  it.each(styles)('use no style that is newer than Chromium 103: %s', (name) => {
    const css = read(name);
    expect(NEWER_CSS.filter((pattern) => pattern.test(css)).map((pattern) => pattern.source)).toEqual([]);
  });

  it.each(scripts)('make no code from strings, which the content security policy forbids: %s', (name) => {
    expect(read(name)).not.toMatch(/\bnew Function\b|[^.\w]eval\(|[^.\w]Function\(/);
  });

  it.each(built.filter((name) => name.endsWith('.html')))('have nothing inline: %s', (name) => {
    const html = read(name);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|data:/i);
    expect(html.match(/<script(?![^>]*\ssrc=)[^>]*>/g)).toBeNull();
  });
});

describe('the list of newer names', () => {
  it('is found in code that uses them', () => {
    const code = 'const{promise:e}=Promise.withResolvers();a.toSorted();new Set(x).union(y);m.values().map(f)';
    expect(NEWER_APIS.filter(({ pattern }) => pattern.test(code))).toHaveLength(4);
    expect(NEWER_CSS.some((pattern) => pattern.test('.a{color:red;&:hover{color:blue}}'))).toBe(true);
  });

  it('takes the names away from the browser of the tests', () => {
    expect(FORGET_NEWER_APIS).toContain('delete Promise.withResolvers;');
    expect(FORGET_NEWER_APIS).toContain('delete Array.prototype.toSorted;');
  });
});
