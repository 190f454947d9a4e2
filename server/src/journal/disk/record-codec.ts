/**
 * Records as short tuples: `[kind, at, seq or 0, field, …]`, the kind by its number. The size of a record is most of
 * what the journal costs, so names are left to this table. Numbers of kinds and places of fields never change; a new
 * field goes to the end of its kind.
 */
import {
  type LaneRecord,
  packMaybe,
  packSource,
  packSpec,
  type RecordBody,
  unpackMaybe,
  unpackSource,
  unpackSpec,
} from '../../core/index.js';
import { JournalDamaged } from './damage.js';

type Kind = RecordBody['kind'];
/** plain: as it is, null when absent · json: any JSON, wrapped since its null means something · spec, source: tuples. */
type How = 'plain' | 'json' | 'spec' | 'source';
type Fields = readonly (readonly [name: string, how: How])[];

const plain = (...names: string[]): Fields => names.map((name) => [name, 'plain']);

const KINDS: readonly (readonly [Kind, Fields])[] = [
  [
    'task.queued',
    [
      ['task_id', 'plain'],
      ['task', 'spec'],
      ['principal', 'plain'],
      ['source', 'source'],
      ['fingerprint', 'plain'],
      ['bytes', 'plain'],
    ],
  ],
  ['task.requeued', plain('task_id')],
  ['task.deferred', plain('task_id', 'deferred')],
  ['task.started', plain('task_id', 'epoch', 'attempt', 'session_id', 'principal')],
  ['task.pausing', plain('task_id', 'reason')],
  ['task.cancelling', plain('task_id', 'reason', 'then')],
  ['task.paused', plain('task_id', 'reason', 'ran_until')],
  ['task.resumed', plain('task_id', 'epoch')],
  [
    'task.completed',
    [
      ['task_id', 'plain'],
      ['result', 'json'],
    ],
  ],
  ['task.failed', plain('task_id', 'reason', 'error')],
  ['task.retrying', plain('task_id', 'reason', 'retry_at', 'error')],
  ['task.cancelled', plain('task_id', 'reason')],
  ['task.expired', plain('task_id', 'reason')],
  ['stream.opened', plain('task_id', 'stream', 'content_type', 'can_interrupt', 'from_seq', 'reason')],
  ['stream.closed', plain('task_id', 'stream', 'next_seq')],
  ['hold.taken', plain('task_id', 'hold_id', 'expires_at', 'reason', 'stream')],
  ['hold.released', plain('task_id', 'hold_id', 'stream')],
  ['hold.expired', plain('task_id', 'hold_id', 'stream')],
  ['lane.started', []],
  ['lane.stopped', plain('drain')],
  [
    'checkpoint',
    [
      ['task_id', 'plain'],
      ['checkpoint', 'json'],
      ['streams', 'plain'],
    ],
  ],
  ['stream.accepted', plain('task_id', 'stream', 'from_seq', 'next_seq', 'chunks')],
  ['heard', plain('task_id', 'stream', 'sink', 'heard_seq')],
  ['adopted', plain('task_id', 'session_id')],
  ['call', plain('parent_id', 'child_id')],
  ['key', plain('principal', 'key', 'task_id', 'fingerprint')],
  ['forgotten', plain('ended', 'keys')],
];

const NUMBER_OF = new Map<Kind, number>(KINDS.map(([kind], number) => [kind, number]));

export type PackedRecord = readonly unknown[];

export function packRecord(record: LaneRecord): PackedRecord {
  const number = NUMBER_OF.get(record.kind);
  const fields = number === undefined ? undefined : KINDS[number]?.[1];
  if (number === undefined || fields === undefined) throw new Error(`no number for records of kind ${record.kind}`);
  const packed: unknown[] = [number, record.at, record.seq ?? 0];
  for (const [name, how] of fields) packed.push(packField((record as unknown as Fielded)[name], how));
  return packed;
}

/** Throws `JournalDamaged` for what is no record. */
export function unpackRecord(packed: unknown): LaneRecord {
  if (!Array.isArray(packed)) throw new JournalDamaged('there is something that is no record');
  const [number, at, seq, ...values] = packed as [number, number, number, ...unknown[]];
  const known = KINDS[number];
  if (known === undefined || typeof at !== 'number' || typeof seq !== 'number') {
    throw new JournalDamaged(`there is a record of kind ${String(number)}, which this version does not know`);
  }
  const [kind, fields] = known;
  const record: Record<string, unknown> = seq === 0 ? { at, kind } : { at, seq, kind };
  for (const [i, [name, how]] of fields.entries()) {
    const value = unpackField(values[i], how);
    if (value !== undefined) record[name] = value;
  }
  return record as unknown as LaneRecord;
}

/**
 * Under which tasks a record is found again. A submission is not: where it lies is told by the time in the task's id
 * (`history-index.ts`), and an entry for each would be most of what a submission costs the disk.
 */
export function indexedTasksOf(record: LaneRecord): readonly string[] {
  if (record.kind === 'task.queued') return [];
  if (record.kind === 'call') return [record.parent_id, record.child_id];
  return 'task_id' in record ? [record.task_id] : [];
}

type Fielded = Readonly<Record<string, unknown>>;

function packField(value: unknown, how: How): unknown {
  switch (how) {
    case 'plain':
      return value ?? null;
    case 'json':
      return packMaybe(value as Parameters<typeof packMaybe>[0]);
    case 'spec':
      return packSpec(value as Parameters<typeof packSpec>[0]);
    case 'source':
      return packSource(value as Parameters<typeof packSource>[0]);
  }
}

function unpackField(value: unknown, how: How): unknown {
  if (value === undefined) return undefined;
  switch (how) {
    case 'plain':
      return value ?? undefined;
    case 'json':
      return unpackMaybe(value as Parameters<typeof unpackMaybe>[0]);
    case 'spec':
      return unpackSpec(value as Parameters<typeof unpackSpec>[0]);
    case 'source':
      return unpackSource(value as Parameters<typeof unpackSource>[0]);
  }
}
