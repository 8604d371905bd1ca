import { randomBytes } from 'node:crypto';
import { ulid } from 'ulid';

/** Randomness for some hundred ids: to ask for it letter by letter costs more than the whole decision on a lookup. */
const POOL = 4096;
let pool = Buffer.alloc(0);
let used = 0;

function random(): number {
  if (used >= pool.length) {
    pool = randomBytes(POOL);
    used = 0;
  }
  // One of 256 values, of which an id takes five bits: all 32 letters are equally likely.
  return pool[used++]! / 256;
}

/** A ULID of that instant. */
export const lookupId = (at: Date): string => ulid(at.getTime(), random);
