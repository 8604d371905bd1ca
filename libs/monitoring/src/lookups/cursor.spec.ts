import { describe, expect, it } from 'vitest';
import { cursorFrom, cursorTo } from './cursor.domain.js';
import { daysByMonth, periodOf } from './period.domain.js';

const place = '01JDTSER00000000000000000A';

describe('a cursor', () => {
  it('comes back as it went', () => {
    expect(cursorTo(place)).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(cursorFrom(cursorTo(place))).toBe(place);
  });

  it.each(['', 'abc', '!!', btoa('2026-11-23'), btoa(place.toLowerCase())])('is refused when nobody made it: %j', (text) => {
    expect(cursorFrom(text)).toBeUndefined();
  });
});

describe('a period', () => {
  it.each([
    ['a winter day', '2026-11-23', '2026-11-23', '2026-11-22T23:00:00.000Z', '2026-11-23T23:00:00.000Z'],
    ['a summer day', '2026-07-01', '2026-07-01', '2026-06-30T22:00:00.000Z', '2026-07-01T22:00:00.000Z'],
    ['the day on which the hour changes', '2026-03-29', '2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['instants with an offset', '2026-11-23T10:00:00+01:00', '2026-11-23T10:00:00.5Z', '2026-11-23T09:00:00.000Z', '2026-11-23T10:00:00.500Z'],
    ['the last day that can be written', '2026-01-01', '9999-12-31', '2025-12-31T23:00:00.000Z', '9999-12-31T23:00:00.000Z'],
  ])('is the whole of %s, in Italy', (_, da, a, from, to) => {
    expect(periodOf({ da, a })).toEqual({ from: Date.parse(from), to: Date.parse(to) });
  });

  it('touches the days of Italy, by month, the newest first', () => {
    expect(daysByMonth({ from: Date.parse('2026-10-31T22:30:00.000Z'), to: Date.parse('2026-11-02T23:00:00.000Z') })).toEqual([
      { month: '202611', days: ['20261102', '20261101'] },
      { month: '202610', days: ['20261031'] },
    ]);
    expect(daysByMonth({ from: Date.parse('2026-10-31T23:30:00.000Z'), to: Date.parse('2026-11-01T23:00:00.000Z') })).toEqual([{ month: '202611', days: ['20261101'] }]);
  });

  it('touches every month and day of ten years once', () => {
    const months = daysByMonth({ from: Date.parse('2017-01-01T00:00:00+01:00'), to: Date.parse('2027-01-01T00:00:00+01:00') });
    const days = months.flatMap((one) => one.days);
    expect(months).toHaveLength(120);
    expect([new Set(days).size, days.at(0), days.at(-1)]).toEqual([3652, '20261231', '20170101']);
  });
});
