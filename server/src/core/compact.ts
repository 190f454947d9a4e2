/**
 * Short forms of what images of lanes and records have in common: a submitted task and a source as tuples. Fields that
 * may be absent are null, save for `args`, whose own null means something: it is wrapped. A tuple only ever grows at its
 * end, so that what an older version wrote can be read.
 */
import type { Json, PriorityLevel, ResolvedTask, TaskSource } from '@cuehub/protocol';

/** A JSON value that may be absent: `[value]`, or 0 for none. */
export type Maybe = readonly [Json] | 0;

export function packMaybe(value: Json | undefined): Maybe {
  return value === undefined ? 0 : [value];
}

export function unpackMaybe(packed: Maybe): Json | undefined {
  return packed === 0 ? undefined : packed[0];
}

export type PackedSpec = readonly [
  name: string,
  priority: PriorityLevel,
  args: Maybe,
  meta: { readonly [key: string]: Json } | null,
  idempotency_key: string | null,
  preempt: ResolvedTask['preempt'],
  interruptible: 0 | 1,
  on_interrupt: ResolvedTask['on_interrupt'],
  executor: ResolvedTask['executor'],
  ttl_ms: number | null,
  resume_ttl_ms: number | null,
  timeout_ms: number,
  max_attempts: number,
  pause_grace_ms: number,
  dedupe: readonly [key: string, mode: 'keep' | 'replace'] | null,
  parent_id: string | null,
  call: 0 | 1,
];

export function packSpec(spec: ResolvedTask): PackedSpec {
  return [
    spec.name,
    spec.priority,
    packMaybe(spec.args),
    spec.meta ?? null,
    spec.idempotency_key ?? null,
    spec.preempt,
    spec.interruptible ? 1 : 0,
    spec.on_interrupt,
    spec.executor,
    spec.ttl_ms ?? null,
    spec.resume_ttl_ms ?? null,
    spec.timeout_ms,
    spec.max_attempts,
    spec.pause_grace_ms,
    spec.dedupe ? [spec.dedupe.key, spec.dedupe.mode] : null,
    spec.parent_id ?? null,
    spec.call ? 1 : 0,
  ];
}

export function unpackSpec(packed: PackedSpec): ResolvedTask {
  const [name, priority, args, meta, key, preempt, interruptible, on_interrupt, executor, ttl_ms, resume_ttl_ms] =
    packed;
  const [, , , , , , , , , , , timeout_ms, max_attempts, pause_grace_ms, dedupe, parent_id, call] = packed;
  const spec: ResolvedTask = {
    name,
    priority,
    preempt,
    interruptible: interruptible === 1,
    on_interrupt,
    executor,
    timeout_ms,
    max_attempts,
    pause_grace_ms,
    call: call === 1,
  };
  if (args !== 0) spec.args = args[0];
  if (meta !== null) spec.meta = meta;
  if (key !== null) spec.idempotency_key = key;
  if (ttl_ms !== null) spec.ttl_ms = ttl_ms;
  if (resume_ttl_ms !== null) spec.resume_ttl_ms = resume_ttl_ms;
  if (dedupe !== null) spec.dedupe = { key: dedupe[0], mode: dedupe[1] };
  if (parent_id !== null) spec.parent_id = parent_id;
  return spec;
}

export type PackedSource = readonly [session_id: string, client_name: string, kind: string];

export function packSource(source: TaskSource): PackedSource {
  return [source.session_id, source.client_name, source.kind];
}

export function unpackSource([session_id, client_name, kind]: PackedSource): TaskSource {
  return { session_id, client_name, kind };
}
