/**
 * A journal as lines of JSON, and a journal from such lines. A line says what it is by `kind`: first one `journal`, then
 * `session`s, then each lane as `lane`, `image` (its state before record `head.n`), `facts` and `records` (all that are
 * kept, by name); one `end` tells that nothing is missing. What was read from a file is a copy, and the hub that wrote
 * the file may go on: so each lane gets a log of its own there, which knows up to where the old one is good.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import type { LaneRecord } from '../../core/index.js';
import {
  ALIVE_KEY,
  CLEAN_KEY,
  EPOCH_KEY,
  FORMAT,
  type Head,
  imageId,
  imageKey,
  imageRow,
  laneKey,
  laneOf,
  numberKey,
  numberOf,
  taskKey,
  unseal,
} from './layout.js';
import type { LmdbFile } from './lmdb-file.js';
import { recordsOf } from './load-lane.js';
import { Ops } from './ops.js';
import { LOG_BYTES, readClean, readMeta, readNumber, writeMeta } from './recover.js';
import { indexedTasksOf, packRecord } from './record-codec.js';

const VERSION = 1;
/** Bytes that are written at once. */
const GROUP_BYTES = 4 * 1024 ** 2;
const KEY_BYTES_MAX = 1_024;

const number = z.int().min(0);
const head = z.looseObject({
  name: z.string(),
  stem: z.string(),
  generation: number,
  forks: z.record(z.string(), number),
  n: number,
  image: z.looseObject({ seq: number }),
});

const line = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('journal'),
    version: z.literal(VERSION),
    format: z.literal(FORMAT),
    generation: number,
    next_lane: number,
    epoch: number,
    alive: number,
    clean: z.object({ at: z.number() }).nullable(),
  }),
  z.object({
    kind: z.literal('session'),
    session: z.looseObject({ session_id: z.string().min(1).max(KEY_BYTES_MAX) }),
  }),
  z.object({ kind: z.literal('lane'), lane: number, head }),
  z.object({
    kind: z.literal('image'),
    lane: number,
    row: z.enum(['t', 'k', 'e', 'x']),
    id: z.union([number, z.string().max(KEY_BYTES_MAX)]),
    value: z.unknown(),
  }),
  z.object({ kind: z.literal('facts'), lane: number, i: number, facts: z.array(z.unknown()) }),
  z.object({
    kind: z.literal('records'),
    lane: number,
    n: number,
    records: z.array(z.looseObject({ kind: z.string() })),
  }),
  z.object({ kind: z.literal('end'), lines: number }),
]);

type Line = z.output<typeof line>;

/** What makes a file no journal, with the line. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}

/** Throws `JournalDamaged`. The last line has no end either: who writes them puts one after each. */
export function* exportLines(file: LmdbFile): Generator<string> {
  let lines = 0;
  const written = (value: Line): string => {
    lines += 1;
    return JSON.stringify(value);
  };
  const meta = readMeta(file);
  if (meta !== null) {
    const { format, generation, next_lane } = meta;
    const [epoch, alive, clean] = [readNumber(file, EPOCH_KEY), readNumber(file, ALIVE_KEY), readClean(file)];
    if (format !== FORMAT) throw new Error(`no lines for a journal of format ${format}`);
    yield written({ kind: 'journal', version: VERSION, format: FORMAT, generation, next_lane, epoch, alive, clean });
  }
  for (const { key, value } of file.all('sessions')) {
    yield written({ kind: 'session', session: unseal('sessions', key, value) as { session_id: string } });
  }
  for (const entry of file.all('lanes')) {
    const lane = laneOf(entry.key);
    yield written({ kind: 'lane', lane, head: unseal('lanes', entry.key, entry.value) as z.output<typeof head> });
    for (const { key, value } of file.under('image', laneKey(lane))) {
      yield written({ kind: 'image', lane, row: imageRow(key), id: imageId(key), value: unseal('image', key, value) });
    }
    for (const { key, value } of file.under('facts', laneKey(lane))) {
      yield written({ kind: 'facts', lane, i: numberOf(key), facts: unseal('facts', key, value) as unknown[] });
    }
    for (const batch of file.under('log', laneKey(lane))) {
      yield written({
        kind: 'records',
        lane,
        n: numberOf(batch.key),
        records: recordsOf(batch).map((one) => ({ ...one })),
      });
    }
  }
  yield written({ kind: 'end', lines });
}

export interface Imported {
  readonly lanes: number;
  readonly records: number;
}

/** Into an empty store. Throws `ImportRefused`; what was written until then is of no use. */
export async function importLines(file: LmdbFile, lines: AsyncIterable<string>): Promise<Imported> {
  const importing = new Importing(file);
  let count = 0;
  for await (const text of lines) {
    if (text.trim() === '') continue;
    count += 1;
    try {
      importing.take(parsed(text), count);
    } catch (error) {
      throw new ImportRefused(`line ${count}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return importing.end();
}

function parsed(text: string): Line {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('is not JSON, or is cut off');
  }
  const checked = line.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  throw new Error(`${issue?.path.join('.') || 'it'}: ${issue?.message ?? 'is not valid'}`);
}

class Importing {
  readonly #file: LmdbFile;
  readonly #log = randomBytes(LOG_BYTES).toString('base64url');
  readonly #heads = new Map<number, { head: z.output<typeof head>; seq: number }>();
  #journal: Extract<Line, { kind: 'journal' }> | null = null;
  #ops = new Ops();
  #records = 0;
  #ended = false;

  constructor(file: LmdbFile) {
    this.#file = file;
  }

  take(one: Line, count: number): void {
    if (this.#ended) throw new Error('comes after the end');
    if ((this.#journal === null) !== (one.kind === 'journal'))
      throw new Error('the first line, and no other, is `journal`');
    switch (one.kind) {
      case 'journal':
        this.#journal = one;
        return;
      case 'session':
        this.#ops.put('sessions', Buffer.from(one.session.session_id), JSON.stringify(one.session));
        break;
      case 'lane':
        if (this.#heads.has(one.lane)) throw new Error(`lane ${one.lane} is there twice`);
        this.#heads.set(one.lane, { head: one.head, seq: one.head.image.seq });
        return;
      case 'image':
        this.#headOf(one.lane);
        if ((typeof one.id === 'string') !== (one.row === 'k'))
          throw new Error(`${one.id} is no id of a row ${one.row}`);
        this.#ops.put('image', imageKey(one.lane, one.row, one.id), JSON.stringify(one.value));
        break;
      case 'facts':
        this.#headOf(one.lane);
        this.#ops.put('facts', numberKey(one.lane, one.i), JSON.stringify(one.facts));
        break;
      case 'records':
        this.#takeRecords(one.lane, one.n, one.records as unknown as readonly LaneRecord[]);
        break;
      case 'end':
        if (one.lines !== count - 1)
          throw new Error(`${one.lines} lines should come before the end, and ${count - 1} do`);
        this.#ended = true;
        return;
    }
    if (this.#ops.size >= GROUP_BYTES) this.#write();
  }

  /** What makes it a journal is written last. */
  end(): Imported {
    if (this.#journal === null) throw new ImportRefused('there is no journal in it');
    if (!this.#ended) throw new ImportRefused('it has no end: it is cut off');
    const { generation, next_lane, epoch, alive, clean } = this.#journal;
    for (const [lane, { head: was, seq }] of this.#heads) {
      const forks = { ...was.forks, [`${was.stem}.${was.generation}`]: seq };
      // What else is in a head is checked with all the rest, by `verify`.
      const now = { ...was, stem: this.#log, forks } as unknown as Head;
      this.#ops.put('lanes', laneKey(lane), JSON.stringify(now));
    }
    this.#ops.put('meta', EPOCH_KEY, String(epoch));
    this.#ops.put('meta', ALIVE_KEY, String(alive));
    if (clean !== null) this.#ops.put('meta', CLEAN_KEY, JSON.stringify(clean));
    writeMeta(this.#ops, { format: FORMAT, log: this.#log, generation, forgotten: 0, next_lane });
    this.#write();
    return { lanes: this.#heads.size, records: this.#records };
  }

  #headOf(lane: number): { head: z.output<typeof head>; seq: number } {
    const found = this.#heads.get(lane);
    if (found === undefined) throw new Error(`there is no lane ${lane} before this`);
    return found;
  }

  #takeRecords(lane: number, n: number, records: readonly LaneRecord[]): void {
    const found = this.#headOf(lane);
    this.#ops.put('log', numberKey(lane, n), JSON.stringify(records.map(packRecord)));
    const tasks = new Set(records.flatMap(indexedTasksOf));
    for (const task_id of tasks) this.#ops.put('tasks', taskKey(lane, task_id, n), '');
    for (const { seq = 0 } of records) found.seq = Math.max(found.seq, seq);
    this.#records += records.length;
  }

  #write(): void {
    this.#file.commit([this.#ops.take()]);
    this.#ops = new Ops();
  }
}
