import { randomBytes } from 'node:crypto';
import { ulid } from 'ulid';

const POOL = 4096;
let pool: Buffer = Buffer.alloc(0);
let used = 0;

/** Uniform in [0, 1), 8 bits, from the system's randomness: fetched by the page, since one call a character costs twenty times the ULID. */
function random(): number {
  if (used >= pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  return pool[used++]! / 256;
}

/** A ULID of the instant `at` (milliseconds of the epoch; now if absent). */
export const newUlid = (at: number = Date.now()): string => ulid(at, random);
