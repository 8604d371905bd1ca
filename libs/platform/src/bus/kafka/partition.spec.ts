import { describe, expect, it } from 'vitest';
import { partitionsOf } from './partition.js';

describe('the partition of a key', () => {
  it('is where every client of Kafka puts it: murmur2, as the Java client', async () => {
    const of = await partitionsOf(100);
    // From Kafka's own tests of murmur2 (UtilsTest): 21 → -973932308, foobar → -790332482, a-little-bit-long-string → -985981536.
    for (const [key, hash] of [['21', -973_932_308], ['foobar', -790_332_482], ['a-little-bit-long-string', -985_981_536]] as const) expect(of(key)).toBe((hash & 0x7f_ff_ff_ff) % 100);
  });

  it('is the same each time, and one of those that there are', async () => {
    const of = await partitionsOf(8);
    const found = Array.from({ length: 1000 }, (_, number) => of(`H${number}`));
    expect(Array.from({ length: 1000 }, (_, number) => of(`H${number}`))).toEqual(found);
    expect(new Set(found)).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7]));
  });
});
