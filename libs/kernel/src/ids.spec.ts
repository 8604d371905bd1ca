import { describe, expect, it } from 'vitest';
import { eventId } from './ids.js';

describe('the id of an event', () => {
  // Computed by another implementation: Python's uuid5 in the namespace 6f1d7c0e-2b5a-4f0e-9a6b-3c9d1e8f7a25.
  it.each([
    ['01JD0000000000000000000000', 0, 'cf90b634-5468-55a5-8154-50b876f260ec'],
    ['01JD0000000000000000000000', 1, '34694d83-6e5e-5d80-b3be-28dc1deb260d'],
    ['città', 12, 'b97ebc37-3216-5ba3-83b8-3830fb9ab090'],
  ])('is the UUID version 5 of its command and place: %s/%i', (command, index, id) => {
    expect(eventId(command, index)).toBe(id);
  });

  it('differs for each command and each place in it', () => {
    const ids = ['a', 'b', 'a/1'].flatMap((command) => [0, 1, 10, 11].map((index) => eventId(command, index)));
    expect(new Set(ids).size).toBe(ids.length);
  });
});
