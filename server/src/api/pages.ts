/**
 * The built pages: read once at the start, served from memory with an ETag. Nothing of a request's path ever reaches
 * the file system.
 */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** A pages folder that holds more than this is not ours. */
const FILES_MAX = 500;
const FILE_BYTES_MAX = 8 * 1024 * 1024;

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** Pages that have an address whether or not their file was built. */
export const KNOWN_PAGES: readonly string[] = ['/', '/overlay', '/overlay/setup', '/console', '/voice', '/sdk.js'];

interface Page {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly etag: string;
  readonly cache: string;
}

export class Pages {
  readonly #pages = new Map<string, Page>();

  /** `dir` may be missing: then no page is there. */
  constructor(dir: string | undefined) {
    if (dir !== undefined) this.#load(dir);
  }

  has(path: string): boolean {
    return this.#pages.has(path);
  }

  /** Null when there is no such page. */
  respond(path: string, if_none_match: string | undefined): Response | null {
    const page = this.#pages.get(path);
    if (page === undefined) return null;
    const headers = { ETag: page.etag, 'Cache-Control': page.cache };
    if (if_none_match !== undefined && matches(if_none_match, page.etag)) {
      return new Response(null, { status: 304, headers });
    }
    return new Response(page.body, { headers: { ...headers, 'Content-Type': page.type } });
  }

  #load(dir: string): void {
    let names: string[];
    try {
      names = readdirSync(dir, { recursive: true, encoding: 'utf8' });
    } catch {
      return;
    }
    for (const name of names.slice(0, FILES_MAX)) {
      const file = join(dir, name);
      const stat = statSync(file, { throwIfNoEntry: false });
      const type = CONTENT_TYPES[extname(name)];
      if (stat === undefined || !stat.isFile() || stat.size > FILE_BYTES_MAX || type === undefined) continue;
      const body = new Uint8Array(readFileSync(file));
      const path = `/${name.replaceAll('\\', '/')}`;
      const page: Page = {
        body,
        type,
        etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
        // The bundler puts a hash of the content into the names of what lies in assets/.
        cache: path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      };
      for (const address of addressesOf(path)) this.#pages.set(address, page);
    }
  }
}

/** `/overlay.html` and `/overlay/index.html` are `/overlay` too. */
function addressesOf(path: string): string[] {
  if (path === '/index.html') return ['/', path];
  if (path.endsWith('/index.html')) return [path, path.slice(0, -'/index.html'.length)];
  if (path.endsWith('.html')) return [path, path.slice(0, -'.html'.length)];
  return [path];
}

/**
 * The way from `/overlay/` to `/overlay`: a page names its files relative to its own address, and with a slash at the
 * end would look for them in the wrong place. Relative, because a reverse proxy may have us below a path of its own;
 * and made of the address of a page, so that it leads to no other host.
 */
export function besideSlash(page: string): string {
  return `../${page.slice(page.lastIndexOf('/') + 1)}`;
}

function matches(if_none_match: string, etag: string): boolean {
  return if_none_match.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '');
    return bare === etag || bare === '*';
  });
}
