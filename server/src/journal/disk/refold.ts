/** A lane without an image: as it was before its first record. */
import { createLane, freezeHead } from '../../core/index.js';
import type { Head } from './layout.js';

export function blankHead(head: Head): Head {
  const image = freezeHead(createLane({ lane: head.name, log: `${head.stem}.${head.generation}` }));
  return { ...head, n: 0, image, ended_from: 0, ended_keys_from: 0, facts: 0, log_bytes: 0, log_from: 0 };
}
