import { describe, expect, it } from 'vitest';
import { throttleOf } from './throttle.js';

const NOW = new Date('2026-11-23T09:00:00Z');
const of = (headers: Readonly<Record<string, string>>) => throttleOf((name) => headers[name], NOW);

describe('a wish to be asked less', () => {
  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 09:00:12 GMT' }, 12_000],
    [{ 'retry-after': 'Mon, 23 Nov 2026 08:59:00 GMT' }, 0],
    [{ 'x-rate-limit-interval': '1500' }, 1500],
    [{ 'retry-after': '7', 'x-rate-limit-interval': '1500' }, 7000],
    [{ 'retry-after': 'presto', 'x-rate-limit-interval': '1500' }, 1500],
  ])('%j is for %i ms', (headers, forMs) => expect(of(headers)).toEqual({ throttled: { forMs }, retryAfter: Math.max(1, Math.ceil(forMs / 1000)) }));

  it.each([{}, { 'retry-after': '-1' }, { 'retry-after': '1e9' }, { 'x-rate-limit-interval': 'x' }])('%j says not for how long', (headers) => expect(of(headers)).toEqual({ throttled: {} }));
});
