import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rounds } from './rounds.js';

const onFailure = vi.fn();
beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  onFailure.mockReset();
});

describe('work that is done in rounds', () => {
  it('begins after a while, and again after the end of each round', async () => {
    const work = vi.fn(() => Promise.resolve());
    const made = rounds(work, { everyMs: 1000, onFailure });
    made.start(100);
    await vi.advanceTimersByTimeAsync(99);
    expect(work).toHaveBeenCalledTimes(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(work).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(work).toHaveBeenCalledTimes(3);
    await made.stop();
  });

  it('may begin at once', async () => {
    const work = vi.fn(() => Promise.resolve());
    const made = rounds(work, { everyMs: 1000, onFailure });
    made.start(0);
    await made.stop();
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('is one at a time: who looks meanwhile waits for the round under way', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = vi.fn(() => promise);
    const made = rounds(work, { everyMs: 1000, onFailure });
    made.start(0);
    const looks = [made.look(), made.look()];
    await vi.advanceTimersByTimeAsync(10_000);
    expect(work).toHaveBeenCalledTimes(1);
    resolve();
    await Promise.all(looks);
    await made.stop();
  });

  it('goes on after a round that failed, and says so', async () => {
    const work = vi.fn(() => Promise.reject(new Error('ECONNREFUSED')));
    const made = rounds(work, { everyMs: 1000, onFailure });
    made.start(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(work).toHaveBeenCalledTimes(2);
    expect(onFailure).toHaveBeenCalledTimes(2);
    await made.stop();
  });

  it('ends with the round under way, which is told, and after which none begins', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const work = vi.fn((_: AbortSignal) => promise);
    const made = rounds(work, { everyMs: 1000, onFailure });
    made.start(0);
    const stopped = vi.fn();
    const stopping = made.stop().then(stopped);
    await vi.advanceTimersByTimeAsync(5000);
    expect(stopped).not.toHaveBeenCalled();
    expect(work.mock.calls[0]![0].aborted).toBe(true);
    resolve();
    await stopping;
    await vi.advanceTimersByTimeAsync(5000);
    expect(work).toHaveBeenCalledTimes(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
