import { describe, expect, it } from 'vitest';
import { Closing } from './closing.js';

describe('closing what was opened', () => {
  it('goes backwards, tries every step, and tells what failed', async () => {
    const closed: string[] = [];
    const closing = new Closing();
    closing.add(() => void closed.push('store'));
    closing.add(() => Promise.reject(new Error('simulator')));
    closing.add(() => void closed.push('http'));
    await expect(closing.run()).rejects.toThrow('simulator');
    expect(closed).toEqual(['http', 'store']);
  });

  it('happens once, whoever asks', async () => {
    let times = 0;
    const closing = new Closing();
    closing.add(() => void (times += 1));
    await Promise.all([closing.run(), closing.run()]);
    expect(times).toBe(1);
  });
});
