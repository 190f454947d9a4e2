/** A digest of what was asked for, so that the same idempotency key with another body is noticed. */
import { hash } from 'node:crypto';
import type { ResolvedTask } from '@cuehub/protocol';

/** The order of fields, and the key itself, make no difference. */
export function fingerprintOf(task: ResolvedTask): string {
  // What has a place needs no names and no order: only payloads are told field by field.
  const { args, meta, dedupe } = task;
  const told = JSON.stringify([
    task.name,
    task.priority,
    task.preempt,
    task.interruptible,
    task.on_interrupt,
    task.executor,
    task.ttl_ms ?? null,
    task.resume_ttl_ms ?? null,
    task.timeout_ms,
    task.max_attempts,
    task.pause_grace_ms,
    dedupe === undefined ? null : [dedupe.key, dedupe.mode],
    task.parent_id ?? null,
    task.call,
  ]);
  const payload = `${args === undefined ? '' : canonical(args)}\n${meta === undefined ? '' : canonical(meta)}`;
  return hash('sha256', `${told}\n${payload}`, 'base64url');
}

/** JSON with the fields of every object in order. By hand: with a replacer it takes ten times as long. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  let json = '';
  for (const key of Object.keys(value).sort()) {
    const field = (value as Readonly<Record<string, unknown>>)[key];
    if (field !== undefined) json += `${json === '' ? '' : ','}${JSON.stringify(key)}:${canonical(field)}`;
  }
  return `{${json}}`;
}
