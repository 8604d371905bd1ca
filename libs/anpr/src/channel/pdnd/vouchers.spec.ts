import { describe, expect, it } from 'vitest';
import { Turns } from './turns.js';
import type { Grant } from './voucher-request.js';
import { Vouchers } from './vouchers.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const grant = (voucher: string, until = NOW.getTime() + 540_000): Grant => ({ kind: 'grant', evidence: 'e', voucher, until });

/** Grants that are counted as they are obtained. */
function counted() {
  const vouchers = new Vouchers();
  let obtained = 0;
  return {
    vouchers,
    get: (key: string, until?: number) => vouchers.get(key, NOW, async () => grant(`${key}-${(obtained += 1)}`, until)),
    count: () => obtained,
  };
}

describe('grants that are kept', () => {
  it('are at most ten thousand: those past their time go first, then the oldest', async () => {
    const { get, count } = counted();
    await get('oldest');
    await get('past', NOW.getTime());
    for (let i = 0; i < 9999; i++) await get(`user-${i}`);
    await get('oldest');
    expect(count()).toBe(10_001);
    await get('one more');
    await get('oldest');
    expect(count()).toBe(10_003);
  });

  it('are not dropped in the place of one that has come since', async () => {
    const { vouchers, get, count } = counted();
    await get('key');
    await vouchers.drop('key', grant('another voucher'));
    await get('key');
    expect(count()).toBe(1);
    await vouchers.drop('key', grant('key-1'));
    await get('key');
    expect(count()).toBe(2);
  });

  it('do not come from an attempt that failed', async () => {
    const { vouchers, get } = counted();
    await expect(vouchers.get('key', NOW, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await vouchers.get('key', NOW, async () => ({ kind: 'failed', problem: 'anpr-non-disponibile' }))).toMatchObject({ kind: 'failed' });
    expect(await get('key')).toMatchObject({ voucher: 'key-1' });
  });
});

describe('turns', () => {
  it('go on after one that failed, and are apart for each client', async () => {
    const turns = new Turns();
    const first = turns.take('a', '10', () => Promise.reject(new Error('broken')));
    const second = turns.take('a', '20', async () => 'second');
    const other = turns.take('b', '5', async () => 'other');
    await expect(first).rejects.toThrow('broken');
    expect(await Promise.all([second, other])).toEqual(['second', 'other']);
  });
});
