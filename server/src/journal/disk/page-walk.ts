/**
 * Walks through the pages of one transaction and tells everything about them that LMDB would take on trust: that pages
 * are where their parents say and nowhere else, that entries lie within their pages and in order, that there are as many
 * as the table was last told, and that no page in use is offered for use. Whoever wants the entries gets them on the way.
 */
import type { MetaPage, PageFile, TableInfo } from './page-file.js';
import { PAGE_HEADER_BYTES, TABLE_BYTES, tableInfo, u64 } from './page-file.js';

const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
/** Of a page's flags those that say what it is. */
const KIND_MASK = 0x7f;
const NODE_BYTES = 8;
const NODE_OVERFLOW = 0x01;
const NODE_TABLE = 0x02;
const OVERFLOW_REF_BYTES = 24;
const DEPTH_MAX = 32;
/** The first two pages are the meta pages. */
const FIRST_PAGE = 2;

/** Both are only good until it returns. `value` is read when asked for; null where that cannot be done. */
export type EntryVisitor = (table: string, key: Buffer, value: () => Buffer | null) => void;

export interface WalkOptions {
  readonly file: PageFile;
  readonly meta: MetaPage;
  /** May throw, which ends the walk; else it goes on past what is damaged. */
  readonly problem: (what: string) => void;
  readonly visit?: EntryVisitor;
}

interface Counted {
  branch: number;
  leaf: number;
  overflow: number;
  entries: number;
}

/** Names of the tables that were found. */
export function walkPages(options: WalkOptions): ReadonlySet<string> {
  return new PageWalk(options).all();
}

class PageWalk {
  readonly #file: PageFile;
  readonly #meta: MetaPage;
  readonly #options: WalkOptions;
  readonly #page_bytes: number;
  readonly #used: Uint8Array;
  /** One for each level of a tree, so that a page stays while those below it are looked at. */
  readonly #pages: Buffer[] = [];
  readonly #header = Buffer.alloc(PAGE_HEADER_BYTES);
  #run = Buffer.alloc(0);

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#file = options.file;
    this.#meta = options.meta;
    this.#page_bytes = options.file.page_bytes;
    // What the meta page says may be anything; no page past the file's end is ever read.
    const pages = Math.min(options.meta.last_page + 1, Math.ceil(options.file.bytes / this.#page_bytes));
    this.#used = new Uint8Array(Math.ceil(pages / 8));
  }

  all(): ReadonlySet<string> {
    const tables = new Map<string, TableInfo>();
    this.#tree('the list of tables', this.#meta.main, (key, node) => {
      const info = this.#tableOf(key, node);
      if (info !== null) tables.set(key.toString('latin1').replace(/\0$/, ''), info);
    });
    for (const [name, info] of tables) {
      this.#tree(`table ${name}`, info, (key, node) => {
        const value = this.#value(`table ${name}`, node);
        if (value !== null) this.#options.visit?.(name, key, value);
      });
    }
    const free: (() => Buffer | null)[] = [];
    this.#tree('the list of free pages', this.#meta.free, (_, node) => {
      const value = this.#value('the list of free pages', node);
      const bytes = value?.() ?? null;
      if (bytes !== null)
        free.push(
          (
            (copy) => () =>
              copy
          )(Buffer.from(bytes)),
        );
    });
    for (const ids of free) this.#freePages(ids());
    return new Set(tables.keys());
  }

  #problem(what: string): void {
    this.#options.problem(what);
  }

  #tableOf(key: Buffer, node: Node): TableInfo | null {
    if (node.flags === NODE_TABLE && node.size === TABLE_BYTES) return tableInfo(node.page, node.at);
    this.#problem(`the list of tables has ${JSON.stringify(key.toString('latin1'))}, which is no table`);
    return null;
  }

  #tree(name: string, info: TableInfo, entry: (key: Buffer, node: Node) => void): void {
    const counted: Counted = { branch: 0, leaf: 0, overflow: 0, entries: 0 };
    if (info.root !== null) {
      if (info.depth < 1 || info.depth > DEPTH_MAX) this.#problem(`${name} has ${info.depth} levels`);
      else this.#subtree({ name, info, counted, entry }, info.root, 1, null, null);
    }
    const { branch_pages, leaf_pages, entries } = info;
    if (counted.entries !== entries) this.#problem(`${name} has ${counted.entries} entries, and had ${entries}`);
    else if (counted.branch !== branch_pages || counted.leaf !== leaf_pages) {
      const had = `had ${branch_pages} and ${leaf_pages}`;
      this.#problem(`${name} has ${counted.branch} branch and ${counted.leaf} leaf pages, and ${had}`);
    }
  }

  #subtree(tree: Tree, n: number, level: number, from: Buffer | null, to: Buffer | null): void {
    const { name, info, counted } = tree;
    const page = this.#take(name, n, level);
    if (page === null) return;
    const kind = page.readUInt16LE(18) & KIND_MASK;
    if (kind !== (level === info.depth ? LEAF : BRANCH)) {
      return this.#problem(`page ${n} of ${name} is of kind ${kind}, on level ${level} of ${info.depth}`);
    }
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    const count = lower >> 1;
    if ((lower & 1) !== 0 || lower > upper || upper > this.#page_bytes - PAGE_HEADER_BYTES) {
      return this.#problem(`page ${n} of ${name} says its free room is from ${lower} to ${upper}`);
    }
    if (count === 0 || (kind === BRANCH && count < 2 && tree.info !== this.#meta.free)) {
      return this.#problem(`page ${n} of ${name} has ${count} entries`);
    }
    if (kind === LEAF) counted.leaf += 1;
    else counted.branch += 1;
    let before: Buffer | null = null;
    const nodes: Node[] = [];
    for (let i = 0; i < count; i += 1) {
      const node = this.#node(page, PAGE_HEADER_BYTES + i * 2, kind, upper);
      if (node === null) return this.#problem(`entry ${i} of page ${n} of ${name} is not within the page`);
      // The first key of a branch page stands for everything below the second.
      const { key } = node;
      const is_key = kind === LEAF || i > 0;
      if (is_key && before !== null && Buffer.compare(before, key) >= 0 && !this.#integerKeys(tree)) {
        return this.#problem(`entry ${i} of page ${n} of ${name} is not in order`);
      }
      if (is_key && !this.#integerKeys(tree) && outside(key, from, to)) {
        return this.#problem(`entry ${i} of page ${n} of ${name} does not belong there`);
      }
      if (is_key) before = key;
      nodes.push(node);
    }
    for (let i = 0; i < count; i += 1) {
      const node = nodes[i]!;
      if (kind === LEAF) {
        counted.entries += 1;
        tree.entry(node.key, node);
      } else this.#subtree(tree, node.child, level + 1, i === 0 ? from : node.key, nodes[i + 1]?.key ?? to);
    }
  }

  /** Free pages are listed by the number of a transaction, which is no string. */
  #integerKeys({ info }: Tree): boolean {
    return info === this.#meta.free;
  }

  #node(page: Buffer, pointer: number, kind: number, upper: number): Node | null {
    const offset = page.readUInt16LE(pointer);
    const at = PAGE_HEADER_BYTES + offset;
    if (offset < upper || at + NODE_BYTES > this.#page_bytes) return null;
    const low = page.readUInt16LE(at) + page.readUInt16LE(at + 2) * 2 ** 16;
    const flags = page.readUInt16LE(at + 4);
    const key_end = at + NODE_BYTES + page.readUInt16LE(at + 6);
    if (key_end > this.#page_bytes) return null;
    const key = page.subarray(at + NODE_BYTES, key_end);
    if (kind === BRANCH) return { page, key, at: key_end, flags: 0, size: 0, child: low + flags * 2 ** 32 };
    const kept = (flags & NODE_OVERFLOW) === 0 ? low : OVERFLOW_REF_BYTES;
    if (key.length === 0 || key_end + kept > this.#page_bytes) return null;
    return { page, key, at: key_end, flags, size: low, child: 0 };
  }

  #value(name: string, { page, at, flags, size }: Node): (() => Buffer | null) | null {
    if (flags === 0) return () => page.subarray(at, at + size);
    if (flags !== NODE_OVERFLOW) {
      this.#problem(`${name} has an entry of kind ${flags}`);
      return null;
    }
    const n = u64(page, at);
    const pages = u64(page, at + 16);
    if (pages !== Math.floor((PAGE_HEADER_BYTES - 1 + size) / this.#page_bytes) + 1) {
      this.#problem(`${name} has an entry of ${size} bytes in ${pages} pages`);
      return null;
    }
    for (let i = 0; i < pages; i += 1) if (!this.#mark(name, n + i)) return null;
    if (!this.#file.read(n, this.#header, PAGE_HEADER_BYTES)) {
      this.#problem(`page ${n} of ${name} cannot be read`);
      return null;
    }
    const kind = this.#header.readUInt16LE(18) & KIND_MASK;
    if (u64(this.#header, 0) !== n || kind !== OVERFLOW || this.#header.readUInt32LE(20) !== pages) {
      this.#problem(`page ${n} of ${name} is not the first of ${pages} with a value`);
      return null;
    }
    return () => {
      const bytes = PAGE_HEADER_BYTES + size;
      if (this.#run.length < bytes) this.#run = Buffer.alloc(bytes * 2);
      return this.#file.read(n, this.#run, bytes) ? this.#run.subarray(PAGE_HEADER_BYTES, bytes) : null;
    };
  }

  #take(name: string, n: number, level: number): Buffer | null {
    if (!this.#mark(name, n)) return null;
    this.#pages[level] ??= Buffer.alloc(this.#page_bytes);
    const page = this.#pages[level]!;
    if (!this.#file.read(n, page, this.#page_bytes)) {
      this.#problem(`page ${n} of ${name} cannot be read`);
      return null;
    }
    if (u64(page, 0) === n && u64(page, 8) <= this.#meta.txn) return page;
    this.#problem(`page ${n} of ${name} says it is page ${u64(page, 0)} of transaction ${u64(page, 8)}`);
    return null;
  }

  #mark(name: string, n: number): boolean {
    if (n < FIRST_PAGE || n > this.#meta.last_page) {
      this.#problem(`${name} points to page ${n}, which there is not`);
      return false;
    }
    // Pages that are free may lie past the end, those in use may not.
    if ((n + 1) * this.#page_bytes > this.#file.bytes) {
      this.#problem(`the file is cut off: it has ${this.#file.bytes} bytes, and page ${n} of ${name} is past its end`);
      return false;
    }
    if (this.#isUsed(n)) {
      this.#problem(`page ${n} is used twice, also in ${name}`);
      return false;
    }
    this.#used[n >> 3]! |= 1 << (n & 7);
    return true;
  }

  #isUsed(n: number): boolean {
    return (this.#used[n >> 3]! & (1 << (n & 7))) !== 0;
  }

  /** A count, then page numbers; a negative number says how many pages the next one stands for, and 0 stands for none. */
  #freePages(ids: Buffer | null): void {
    if (ids === null) return;
    const count = ids.length < 8 ? -1 : u64(ids, 0);
    if (count < 0 || (count + 1) * 8 > ids.length)
      return this.#problem('the list of free pages has an entry cut short');
    let run = 1;
    for (let i = 1; i <= count; i += 1) {
      const id = Number(ids.readBigInt64LE(i * 8));
      if (id < 0) run = -id;
      if (id <= 0) continue;
      if (id < FIRST_PAGE || id + run - 1 > this.#meta.last_page) {
        return this.#problem(`the list of free pages has pages ${id} to ${id + run - 1}, which there are not`);
      }
      for (let n = id; n < id + run; n += 1) {
        if (n < this.#used.length * 8 && this.#isUsed(n)) {
          return this.#problem(`the list of free pages has page ${n}, which is in use`);
        }
      }
      run = 1;
    }
  }
}

interface Node {
  readonly page: Buffer;
  readonly key: Buffer;
  /** Where its value begins. */
  readonly at: number;
  readonly flags: number;
  /** Bytes of its value. */
  readonly size: number;
  /** The page below, in a branch page. */
  readonly child: number;
}

interface Tree {
  readonly name: string;
  readonly info: TableInfo;
  readonly counted: Counted;
  readonly entry: (key: Buffer, node: Node) => void;
}

function outside(key: Buffer, from: Buffer | null, to: Buffer | null): boolean {
  return (from !== null && Buffer.compare(key, from) < 0) || (to !== null && Buffer.compare(key, to) >= 0);
}
