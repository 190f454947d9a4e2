/** Randomness where it must not be guessed, and comparisons that tell nothing by their time. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** 128 bits: as good as unguessable, and short enough to be read aloud. */
const SECRET_BYTES = 16;

export function randomSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

/** What is kept of a secret instead of it. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url');
}

/** In constant time; both come from `hashSecret`. */
export function equalHashes(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
