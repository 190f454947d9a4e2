/** A digest of what was asked for, so that the same idempotency key with another body is noticed. */
import { createHash } from 'node:crypto';
import type { ResolvedTask } from '@cuehub/protocol';

/** The order of fields, and the key itself, make no difference. */
export function fingerprintOf(task: ResolvedTask): string {
  const { idempotency_key: _key, ...rest } = task;
  return createHash('sha256').update(canonical(rest)).digest('base64url');
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, field: unknown) => {
    if (typeof field !== 'object' || field === null || Array.isArray(field)) return field;
    return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
