import { decodeTime } from 'ulid';
import { describe, expect, it } from 'vitest';
import { newUlid } from './ids.js';

describe('a new ULID', () => {
  it('says its instant, in the 26 characters of the format', () => {
    const id = newUlid(1_795_424_400_250);
    expect(id).toMatch(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
    expect(decodeTime(id)).toBe(1_795_424_400_250);
  });

  it('is never the same twice, also past the end of a page of randomness', () => {
    const at = Date.now();
    expect(new Set(Array.from({ length: 5000 }, () => newUlid(at))).size).toBe(5000);
  });

  it('uses every character of its alphabet', () => {
    const seen = new Set(Array.from({ length: 500 }, () => newUlid()).flatMap((id) => [...id.slice(10)]));
    expect(seen.size).toBe(32);
  });
});
