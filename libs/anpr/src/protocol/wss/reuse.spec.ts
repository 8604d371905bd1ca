import { describe, expect, it } from 'vitest';
import { Reuse } from './reuse.js';

const at = (seconds: number): Date => new Date(1_000_000 + seconds * 1000);
function counted(most = 10) {
  const reuse = new Reuse<number>(most);
  let made = 0;
  return { reuse, ask: (key: string, now: number, lasts = 60) => reuse.of(key, at(now), () => Promise.resolve({ value: ++made, until: at(now + lasts) })) };
}

describe('what is made once', () => {
  it('is used until its time, and made again from then on', async () => {
    const { ask } = counted();
    expect([await ask('a', 0), await ask('a', 59), await ask('a', 60), await ask('a', 61)]).toEqual([1, 1, 2, 2]);
  });

  it('is made once for all who ask at the same time', async () => {
    const { ask } = counted();
    expect(await Promise.all([ask('a', 0), ask('a', 0), ask('b', 0)])).toEqual([1, 1, 2]);
  });

  it('is made again when the clock was put back: it would come from the future', async () => {
    const { ask } = counted();
    expect([await ask('a', 100), await ask('a', 99)]).toEqual([1, 2]);
  });

  it('gives way when there is no more room, the one not used for longest first', async () => {
    const { reuse, ask } = counted(2);
    await ask('a', 0);
    await ask('b', 0);
    await ask('a', 1);
    await ask('c', 1);
    expect(reuse.size).toBe(2);
    expect([await ask('a', 2), await ask('b', 2)]).toEqual([1, 4]);
  });

  it('is tried again at once when it could not be made', async () => {
    const { reuse, ask } = counted();
    const failing = () => reuse.of('a', at(0), () => Promise.reject(new Error('no')));
    await Promise.all([expect(failing()).rejects.toThrow('no'), expect(failing()).rejects.toThrow('no')]);
    expect([reuse.size, await ask('a', 0)]).toEqual([0, 1]);
  });
});
