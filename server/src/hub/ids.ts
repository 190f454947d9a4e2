/** Ids. Task ids sort by the time they were made; where guessing would do harm there are 128 random bits. */
import { randomFillSync } from 'node:crypto';
import { randomSecret } from '../auth/secrets.js';
import { ID_ALPHABET, TIME_CHARS } from '../journal/task-id-time.js';

const POOL_BYTES = 4_096;
const RANDOM_BYTES = 8;

export class Ids {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #used = POOL_BYTES;
  #at = 0;
  #counter = 0;

  /** 26 characters: 50 bits of time, 15 that count within a millisecond, 64 random ones. */
  task(now_ms: number): string {
    if (now_ms > this.#at) {
      this.#at = now_ms;
      this.#counter = 0;
    } else if (++this.#counter === 2 ** 15) {
      this.#at += 1;
      this.#counter = 0;
    }
    return base32(this.#at, TIME_CHARS) + base32(this.#counter, 3) + this.#random();
  }

  /** Not secret: it is told in `source`. Taking a session back needs its resume token. */
  session(): string {
    return randomSecret();
  }

  hold(): string {
    return this.#random();
  }

  /** 13 characters with 64 random bits. From a pool: a call to the system for each id would cost more than the id. */
  #random(): string {
    if (this.#used + RANDOM_BYTES > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const high = this.#pool.readUInt32LE(this.#used);
    const low = this.#pool.readUInt32LE(this.#used + 4);
    this.#used += RANDOM_BYTES;
    return base32(high, 7) + base32(low, 6).padStart(6, '0');
  }
}

function base32(value: number, digits: number): string {
  let text = '';
  let rest = value;
  for (let digit = 0; digit < digits; digit++) {
    text = (ID_ALPHABET[rest % 32] ?? '') + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}
