import { describe, expect, it } from 'vitest';
import { Watermark } from './watermark.js';

const held = (...offsets: readonly number[]): Watermark => {
  const watermark = new Watermark();
  for (const offset of offsets) watermark.hold(BigInt(offset));
  return watermark;
};

describe('the mark up to which a partition is done', () => {
  it('is the first message that is not done, in whatever order the others end', () => {
    const watermark = held(10, 11, 12, 13);
    expect(watermark.position).toBe(10n);
    watermark.done(12n);
    expect([watermark.position, watermark.size, watermark.inHand]).toEqual([10n, 4, 3]);
    watermark.done(10n);
    expect(watermark.position).toBe(11n);
    watermark.done(11n);
    expect(watermark.position).toBe(13n);
    watermark.done(13n);
    expect([watermark.position, watermark.size, watermark.inHand]).toEqual([14n, 0, 0]);
  });

  it('passes over offsets that no message has', () => {
    const watermark = held(3, 7, 20);
    watermark.done(3n);
    expect(watermark.position).toBe(4n);
    watermark.done(7n);
    expect(watermark.position).toBe(8n);
    watermark.done(20n);
    expect(watermark.position).toBe(21n);
  });

  it('holds a message once: what a rebalance brings again is in hand or done', () => {
    const watermark = held(1, 2);
    watermark.done(1n);
    expect([watermark.hold(1n), watermark.hold(2n), watermark.hold(3n)]).toEqual([false, false, true]);
    watermark.done(1n);
    expect(watermark.position).toBe(2n);
  });

  it('is committed when it is another than before', () => {
    const watermark = held(5);
    expect(watermark.toCommit).toBe(5n);
    watermark.committed(5n);
    expect(watermark.toCommit).toBeUndefined();
    watermark.done(5n);
    expect(watermark.toCommit).toBe(6n);
  });

  it('does not exist before the first message', () => {
    expect([held().position, held().toCommit]).toEqual([undefined, undefined]);
  });
});
