/** A lane without an image: as it is before its first record. */
import { createLane, freezeHead } from '../../core/index.js';
import type { Head } from './layout.js';

export function newHead({ name, stem, generation, forks }: Pick<Head, 'name' | 'stem' | 'generation' | 'forks'>): Head {
  return {
    name,
    stem,
    generation,
    forks,
    n: 0,
    image: freezeHead(createLane({ lane: name, log: `${stem}.${generation}` })),
    ended_from: 0,
    ended_keys_from: 0,
    facts: 0,
    log_bytes: 0,
    log_from: 0,
    log_from_at: 0,
  };
}

/** The same lane, to be made from its records. */
export function blankHead(head: Head): Head {
  return { ...newHead(head), log_from_at: head.log_from_at };
}
