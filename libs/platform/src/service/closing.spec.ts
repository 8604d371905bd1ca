import { describe, expect, it } from 'vitest';
import { Closing, opening } from './closing.js';

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

describe('opening one thing after the other', () => {
  it('closes what was opened when a step fails, and tells what failed, not what came of closing', async () => {
    const closed: string[] = [];
    const opened = opening((closing) => {
      closing.add(() => void closed.push('store'));
      closing.add(() => Promise.reject(new Error('simulator')));
      return Promise.reject(new Error('porta in uso'));
    });
    await expect(opened).rejects.toThrow('porta in uso');
    expect(closed).toEqual(['store']);
  });

  it('leaves open what was opened to the end', async () => {
    const closed: string[] = [];
    await expect(opening((closing) => Promise.resolve(closing.add(() => closed.push('store'))).then(() => 'aperto'))).resolves.toBe('aperto');
    expect(closed).toEqual([]);
  });
});
