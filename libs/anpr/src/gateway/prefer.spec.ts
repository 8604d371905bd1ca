import { describe, expect, it } from 'vitest';
import { preferenceOf } from './prefer.js';

describe('the preference of a caller', () => {
  it.each([
    [undefined, { wait: 30, async: false }],
    ['wait=20', { wait: 20, async: false, applied: 'wait=20' }],
    ['respond-async', { wait: 0, async: true, applied: 'respond-async' }],
    ['respond-async, wait=5', { wait: 5, async: true, applied: 'respond-async, wait=5' }],
    ['Wait="7"; x=1', { wait: 7, async: false, applied: 'wait=7' }],
    ['wait=99999', { wait: 60, async: false, applied: 'wait=60' }],
    ['wait=-1, return=minimal', { wait: 30, async: false }],
    ['wait=3, wait=9', { wait: 3, async: false, applied: 'wait=3' }],
  ])('%s is %j', (header, expected) => expect(preferenceOf(header)).toEqual(expected));
});
