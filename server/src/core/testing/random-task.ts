/** A task as chance has it, of every kind that a producer may submit. */
import { levelOf, type OnInterrupt, PRIORITIES, type Priority, type ResolvedTask } from '@cuehub/protocol';
import type { Prng } from './prng.js';
import { NAMES } from './sim-world.js';

export function randomTask(prng: Prng, self: boolean, key: string | null, fates: readonly OnInterrupt[]): ResolvedTask {
  return {
    name: prng.pick(NAMES),
    args: { n: prng.int(100) },
    priority: levelOf(prng.pick(PRIORITIES) satisfies Priority),
    preempt: prng.pick(['interrupt', 'interrupt', 'finish', 'queue']),
    interruptible: prng.chance(0.85),
    on_interrupt: prng.pick(fates),
    executor: self ? 'self' : 'worker',
    timeout_ms: prng.chance(0.1) ? 200 + prng.int(2_000) : 600_000,
    max_attempts: 1 + prng.int(3),
    pause_grace_ms: prng.pick([0, 50, 250, 250, 1_000]),
    call: false,
    ...(prng.chance(0.15) ? { ttl_ms: 100 + prng.int(5_000) } : {}),
    ...(prng.chance(0.15) ? { resume_ttl_ms: 100 + prng.int(20_000) } : {}),
    ...(prng.chance(0.2) ? { dedupe: { key: prng.pick(['a', 'b']), mode: prng.pick(['keep', 'replace']) } } : {}),
    ...(key === null ? {} : { idempotency_key: key }),
  };
}
