/**
 * The data file as pages, read without LMDB. LMDB believes what a page says and ends the process where that leads
 * nowhere; so a start looks at the pages first, with code that can only be told that something is wrong (`page-walk.ts`).
 * Knows where the two meta pages have what; layout: header of 24 bytes (page number, transaction, unused, flags, lower and
 * upper end of the free room), then magic, version, address, map size, two tables of 48 bytes, last page, transaction.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { JournalDamaged } from './damage.js';

export const PAGE_HEADER_BYTES = 24;
export const TABLE_BYTES = 48;
const META_MAGIC = 0xbeefc0de;
const META_VERSION = 2;
const META_BYTES = PAGE_HEADER_BYTES + 24 + 2 * TABLE_BYTES + 16;
const META_FLAG = 0x08;
const FIRST_PAGE_BYTES = 4096;

/** What the store says of one of its tables. */
export interface TableInfo {
  readonly flags: number;
  readonly depth: number;
  readonly branch_pages: number;
  readonly leaf_pages: number;
  readonly overflow_pages: number;
  readonly entries: number;
  /** Null for one without entries. */
  readonly root: number | null;
}

/** What a transaction left. */
export interface MetaPage {
  readonly txn: number;
  readonly page_bytes: number;
  readonly last_page: number;
  /** Pages that may be used again. */
  readonly free: TableInfo;
  /** The names of the tables. */
  readonly main: TableInfo;
}

export class PageFile {
  readonly path: string;
  readonly bytes: number;
  readonly page_bytes: number;
  /** Both, as far as they can be read, the newest first. */
  readonly metas: readonly MetaPage[];
  /** Where commits do not wait for the disk: the last one that is on it. LMDB goes on from there after a power cut. */
  readonly flushed: MetaPage | null;
  readonly #file: number;

  /** Throws `JournalDamaged` where there is no beginning to begin with, and as `openSync` does. */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'r');
    try {
      this.bytes = fstatSync(this.#file).size;
      const first = this.#meta(0);
      this.page_bytes = first?.page_bytes ?? FIRST_PAGE_BYTES;
      const second = this.#meta(this.page_bytes);
      const flushed = first === null ? null : this.#meta(this.page_bytes / 2, false);
      this.flushed = flushed === null || flushed.txn === 0 ? null : { ...flushed, page_bytes: this.page_bytes };
      this.metas = [first, second].filter((meta) => meta !== null).sort((a, b) => b.txn - a.txn);
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  /** Reads `length` bytes of a page, or of those that follow it, into `into`. False where the file ends before. */
  read(page: number, into: Buffer, length: number): boolean {
    return readSync(this.#file, into, 0, length, page * this.page_bytes) === length;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** `whole`: with all that says that it is one. */
  #meta(from: number, whole = true): MetaPage | null {
    const page = Buffer.alloc(META_BYTES);
    if (readSync(this.#file, page, 0, META_BYTES, from) < META_BYTES) return null;
    const at = PAGE_HEADER_BYTES;
    const told_bytes = page.readUInt32LE(at + 24);
    if (whole) {
      const flags = page.readUInt16LE(18);
      if ((flags & META_FLAG) === 0 || page.readUInt32LE(at) !== META_MAGIC) return null;
      if (page.readUInt32LE(at + 4) !== META_VERSION) return null;
      if (told_bytes < 512 || told_bytes > 65_536 || (told_bytes & (told_bytes - 1)) !== 0) return null;
    }
    return {
      txn: u64(page, at + 24 + 2 * TABLE_BYTES + 8),
      page_bytes: told_bytes,
      last_page: u64(page, at + 24 + 2 * TABLE_BYTES),
      free: tableInfo(page, at + 24),
      main: tableInfo(page, at + 24 + TABLE_BYTES),
    };
  }
}

/**
 * The newest transaction, once both meta pages agree on which that is: they are written in turns, so their numbers follow
 * one another. Where one was overwritten, LMDB would go on from the transaction before as if nothing were missing.
 */
export function newestMeta(file: PageFile): MetaPage {
  const [newest, before] = file.metas;
  if (newest === undefined) {
    throw new JournalDamaged(`${file.path} is no journal, or its beginning is overwritten`);
  }
  const behind = before === undefined ? Number.NaN : newest.txn - before.txn;
  if (behind !== 1 && !(behind === 0 && newest.txn === 0)) {
    throw new JournalDamaged(
      `one of the two meta pages of ${file.path} is overwritten, so its last transaction may be missing`,
    );
  }
  return newest;
}

export function tableInfo(page: Buffer, at: number): TableInfo {
  // All bits set: there is no root.
  const none = page.readUInt32LE(at + 40) === 0xffffffff && page.readUInt32LE(at + 44) === 0xffffffff;
  return {
    flags: page.readUInt16LE(at + 4),
    depth: page.readUInt16LE(at + 6),
    branch_pages: u64(page, at + 8),
    leaf_pages: u64(page, at + 16),
    overflow_pages: u64(page, at + 24),
    entries: u64(page, at + 32),
    root: none ? null : u64(page, at + 40),
  };
}

/** Numbers past 2^53 lose their last digits and are out of every range that is looked at. */
export function u64(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}
