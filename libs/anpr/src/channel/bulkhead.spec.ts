import { describe, expect, it } from 'vitest';
import { Bulkhead } from './bulkhead.js';

const tasks = () => {
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const task = (name: string) => () => {
    started.push(name);
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  return { started, ends, task };
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the bulkhead of a Comune', () => {
  it('runs so many at once, and the others in the order of their arrival', async () => {
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 2 });
    const { started, ends, task } = tasks();
    for (const name of ['a', 'b', 'c']) bulkhead.reserve()!.start(task(name));
    expect(started).toEqual(['a']);
    expect(bulkhead.queued).toBe(2);
    ends[0]!();
    await turn();
    expect(started).toEqual(['a', 'b']);
  });

  it('has no room past what flies and waits, until one ends', async () => {
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 1 });
    const { ends, task } = tasks();
    bulkhead.reserve()!.start(task('a'));
    bulkhead.reserve()!.start(task('b'));
    expect(bulkhead.reserve()).toBeUndefined();
    ends[0]!();
    await turn();
    expect(bulkhead.reserve()).toBeDefined();
  });

  it('counts a place that was taken and not yet used, and takes it back once', () => {
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 0 });
    const place = bulkhead.reserve()!;
    expect(bulkhead.reserve()).toBeUndefined();
    place.release();
    place.release();
    expect(bulkhead.reserve()).toBeDefined();
    expect(bulkhead.reserve()).toBeUndefined();
  });

  it('frees the place of a task that fails', async () => {
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 0 });
    const failing = bulkhead.reserve()!;
    failing.start(() => Promise.reject(new Error('x')).catch(() => undefined));
    await turn();
    expect(bulkhead.reserve()).toBeDefined();
  });

  it('grows at once when its connection allows more', () => {
    const bulkhead = new Bulkhead({ maxInFlight: 1, maxQueued: 5 });
    const { started, task } = tasks();
    for (const name of ['a', 'b', 'c']) bulkhead.reserve()!.start(task(name));
    bulkhead.resize({ maxInFlight: 3, maxQueued: 5 });
    expect(started).toEqual(['a', 'b', 'c']);
  });
});
