import { describe, expect, it } from 'vitest';
import { disturbance } from './disturbance.js';

const slow = (seed: number) => Object.assign(disturbance(seed), { delay: { minMs: 200, maxMs: 1000 } });

describe('the delay of a question', () => {
  it('is the same whenever the same code is asked, in any order', () => {
    const one = slow(7);
    const codes = ['SNTPRV85C55H501U', 'PRVSNT80A01A944X'];
    const first = codes.map((code) => one.nextDelay(code));
    one.nextDelay();
    expect(codes.toReversed().map((code) => one.nextDelay(code))).toEqual(first.toReversed());
  });

  it('differs from code to code and stays within its bounds', () => {
    const one = slow(7);
    const delays = Array.from({ length: 500 }, (_, i) => one.nextDelay(`SNTPRV85C55H5${String(i).padStart(3, '0')}`));
    expect(new Set(delays).size).toBeGreaterThan(200);
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(200);
    expect(Math.max(...delays)).toBeLessThanOrEqual(1000);
  });

  it('is nothing unless it was asked for', () => expect(disturbance(7).nextDelay('SNTPRV85C55H501U')).toBe(0));
});
