import { describe, expect, it } from 'vitest';
import { untilThere } from './until-there.js';

describe('what may not be up yet', () => {
  it('is tried again until it is there', async () => {
    let there = false;
    const failures: number[] = [];
    const onFailure = (_: unknown, attempt: number): void => {
      failures.push(attempt);
      there = attempt === 2;
    };
    await expect(untilThere(() => (there ? Promise.resolve('aperto') : Promise.reject(new Error('ECONNREFUSED'))), { signal: new AbortController().signal, onFailure })).resolves.toBe('aperto');
    expect(failures).toEqual([1, 2]);
  });

  it('is not tried again after what another attempt does not mend', async () => {
    let attempts = 0;
    const open = (): Promise<never> => (attempts++, Promise.reject(new Error('wrong password')));
    await expect(untilThere(open, { signal: new AbortController().signal, onFailure: () => undefined, isFinal: () => true })).rejects.toThrow('wrong password');
    expect(attempts).toBe(1);
  });

  it('is not waited for by a process that stops', async () => {
    const stopping = new AbortController();
    const opened = untilThere(() => Promise.reject(new Error('ECONNREFUSED')), { signal: stopping.signal, onFailure: () => stopping.abort() });
    await expect(opened).rejects.toThrow();
  });
});
