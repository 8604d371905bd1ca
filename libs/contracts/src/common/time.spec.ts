import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nextRomeMidnight, romeClock, romeDay, romeMonth } from './time.js';

const at = (instant: string): Date => new Date(instant);

describe('the calendar of Italy', () => {
  it.each([
    ['2026-11-23T22:59:59.999Z', '2026-11-23', '23:59'],
    ['2026-11-23T23:00:00.000Z', '2026-11-24', '00:00'],
    ['2026-07-01T21:59:59.999Z', '2026-07-01', '23:59'],
    ['2026-07-01T22:00:00.000Z', '2026-07-02', '00:00'],
    ['2026-03-29T01:00:00.000Z', '2026-03-29', '03:00'],
    ['2026-10-25T01:00:00.000Z', '2026-10-25', '02:00'],
  ])('says of %s that it is %s, %s', (instant, day, clock) => {
    expect([romeDay(at(instant)), romeClock(at(instant))]).toEqual([day, clock]);
  });

  it('has the secrets of a month change at midnight in Rome', () => {
    expect(romeMonth(at('2026-11-30T22:59:59Z'))).toBe('202611');
    expect(romeMonth(at('2026-11-30T23:00:00Z'))).toBe('202612');
  });

  it.each([
    ['a winter day', '2026-11-23T12:00:00Z', '2026-11-23T23:00:00.000Z'],
    ['a summer day', '2026-07-01T12:00:00Z', '2026-07-01T22:00:00.000Z'],
    ['the day of 23 hours', '2026-03-28T23:30:00Z', '2026-03-29T22:00:00.000Z'],
    ['the day of 25 hours', '2026-10-24T22:00:00Z', '2026-10-25T23:00:00.000Z'],
    ['midnight itself', '2026-11-22T23:00:00Z', '2026-11-23T23:00:00.000Z'],
  ])('ends %s at the midnight that follows', (_, instant, midnight) => {
    expect(nextRomeMidnight(at(instant)).toISOString()).toBe(midnight);
  });

  it('says the same of an instant whatever was asked before', () => {
    const instant = fc.date({ min: at('2000-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z'), noInvalidDate: true });
    const day = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome', year: 'numeric', month: '2-digit', day: '2-digit' });
    fc.assert(
      fc.property(instant, (one) => {
        expect(romeDay(one)).toBe(day.format(one));
        const midnight = nextRomeMidnight(one);
        expect(romeClock(midnight)).toBe('00:00');
        expect(romeDay(new Date(midnight.getTime() - 1))).toBe(romeDay(one));
      }),
      { numRuns: 300 },
    );
  });

  it('has nothing to say of an instant that is none', () => {
    expect(() => romeDay(new Date(Number.NaN))).toThrow(RangeError);
  });
});
