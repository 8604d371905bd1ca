import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstOperationId, furtherOperationId, isOperationId } from './operation-id.domain.js';
import { close, rateLimitOf, reconcile, take, type Ledger } from './quota.domain.js';

describe('operation ids', () => {
  it('come from the clock', () => {
    expect(firstOperationId(new Date(1795428000000))).toBe('1795428000000000');
  });

  it('grow, whatever the clock does, and no call of a lookup has the id of another’s', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.date({ min: new Date('2026-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }), fc.integer({ min: 1, max: 10 })), { maxLength: 30 }), (lookups) => {
        const all: string[] = [];
        for (const [at, calls] of lookups) {
          const first = firstOperationId(at, all.at(-1));
          all.push(first);
          for (let call = 2; call <= calls; call++) all.push(furtherOperationId(first, call));
        }
        expect(all.every(isOperationId)).toBe(true);
        for (let i = 1; i < all.length; i++) expect(BigInt(all[i]!)).toBeGreaterThan(BigInt(all[i - 1]!));
      }),
    );
  });

  it.each(['01JGATEWAY0EXAMP0000000001', '', '-1', '12345678901234567890'])('are not %j', (id) => {
    expect(isOperationId(id)).toBe(false);
  });
});

const at = (instant: string): Date => new Date(instant);
/** A ledger after so many calls were tried at an instant. */
function after(calls: number, now: Date, quota: number, from?: Ledger): { readonly ledger: Ledger | undefined; readonly taken: number } {
  let ledger = from;
  let taken = 0;
  for (let i = 0; i < calls; i++) {
    const one = take(ledger, now, quota);
    ({ ledger } = one);
    if (one.taken) taken += 1;
  }
  return { ledger, taken };
}

describe('the quota of a day', () => {
  const MORNING = at('2026-11-23T08:00:00Z');

  it('admits the last call and refuses the next, until midnight in Rome', () => {
    expect(after(5, MORNING, 3).taken).toBe(3);
    const { ledger } = after(3, MORNING, 3);
    expect(take(ledger, MORNING, 3)).toMatchObject({ taken: false, retryAt: at('2026-11-23T23:00:00Z') });
    expect(take(ledger, at('2026-11-23T22:59:59Z'), 3).taken).toBe(false);
    expect(take(ledger, at('2026-11-23T23:00:00Z'), 3).taken).toBe(true);
  });

  it.each([
    ['the day that loses an hour', '2026-03-29T00:30:00Z', '2026-03-29T22:00:00Z'],
    ['the day that gains one', '2026-10-24T22:30:00Z', '2026-10-25T23:00:00Z'],
  ])('ends with %s', (_, during, midnight) => {
    const { ledger } = after(1, at(during), 1);
    expect(take(ledger, at(during), 1)).toMatchObject({ taken: false, retryAt: at(midnight) });
    expect(take(ledger, at(midnight), 1).taken).toBe(true);
  });

  it('is what ANPR counts, where that is more: other processes of the client call too', () => {
    const { ledger } = after(2, MORNING, 100);
    const known = reconcile(ledger, MORNING, { limit: 50, remaining: 1 });
    expect(after(5, MORNING, 100, known).taken).toBe(1);
  });

  it('gives no call back when ANPR has not counted it yet', () => {
    const { ledger } = after(10, MORNING, 11);
    expect(after(5, MORNING, 11, reconcile(ledger, MORNING, { limit: 1000, remaining: 995 })).taken).toBe(1);
  });

  it('is never more than the Comune has set', () => {
    expect(after(5, MORNING, 2, reconcile(undefined, MORNING, { limit: 1000, remaining: 1000 })).taken).toBe(2);
  });

  it('is closed for the day once ANPR has refused a call for it', () => {
    const closed = close(after(1, MORNING, 100).ledger, MORNING);
    expect(take(closed, MORNING, 100).taken).toBe(false);
    expect(take(reconcile(closed, MORNING, { limit: 100, remaining: 99 }), MORNING, 100).taken).toBe(false);
    expect(take(closed, at('2026-11-24T08:00:00Z'), 100).taken).toBe(true);
  });

  it.each([
    [{ 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '7' }, { limit: 100, remaining: 7 }],
    [{ 'x-ratelimit-limit': '100' }, undefined],
    [{ 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '-1' }, undefined],
    [{ 'x-ratelimit-limit': '1', 'x-ratelimit-remaining': '2' }, undefined],
    [{ 'x-ratelimit-limit': '1e3', 'x-ratelimit-remaining': '2' }, undefined],
  ] as const)('is read from %j', (headers, said) => {
    expect(rateLimitOf((name) => (headers as Record<string, string>)[name])).toEqual(said);
  });
});
