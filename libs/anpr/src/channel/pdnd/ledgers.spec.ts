import type { Collection } from '@geres/kernel';
import { memoryCollections } from '@geres/kernel/testing';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../protocol/pdnd/index.js';
import { Ledgers } from './ledgers.js';

const CLIENT = '11111111-1111-4111-8111-111111111111/C020';
const AT = new Date('2026-11-23T09:00:00Z');

/** Counts writes and may fail them. */
function watched() {
  const inner = memoryCollections().collection<Ledger>({ name: 'pdnd-ledgers' });
  const seen = { writes: 0, broken: false };
  const writing = async <T>(work: () => Promise<T>): Promise<T> => {
    seen.writes += 1;
    if (seen.broken) throw new Error('away');
    return work();
  };
  const collection: Collection<Ledger> = { ...inner, insert: (...given) => writing(() => inner.insert(...given)), replace: (...given) => writing(() => inner.replace(...given)) };
  return { seen, collection, used: async (day = '2026-11-23') => (await inner.get(`${CLIENT}/${day}`))?.used };
}

const times = (count: number, take: () => Promise<boolean>): Promise<readonly boolean[]> => Promise.all(Array.from({ length: count }, take));

describe('the ledger of a client and day', () => {
  it('lets exactly as many calls through as the quota, however many ask at once, and writes them together', async () => {
    const { collection, seen, used } = watched();
    const ledgers = new Ledgers(collection);
    const taken = await times(100, () => ledgers.take(CLIENT, AT, 30));
    expect(taken.filter(Boolean)).toHaveLength(30);
    expect(await used()).toBe(30);
    expect(seen.writes).toBeLessThan(5);
  });

  it('is one for all processes: none counts on what it saw last', async () => {
    const { collection, used } = watched();
    const [one, two] = [new Ledgers(collection), new Ledgers(collection)];
    const rounds: boolean[] = [];
    for (let round = 0; round < 4; round++) rounds.push(...(await Promise.all([one, two].flatMap((ledgers) => [ledgers.take(CLIENT, AT, 10), ledgers.take(CLIENT, AT, 10)]))));
    expect(rounds.filter(Boolean)).toHaveLength(10);
    expect(await used()).toBe(10);
  });

  it('goes on from where a process that died has left it', async () => {
    const { collection } = watched();
    await times(3, () => new Ledgers(collection).take(CLIENT, AT, 5));
    expect((await times(4, () => new Ledgers(collection).take(CLIENT, AT, 5))).filter(Boolean)).toHaveLength(2);
  });

  it('is of its day in Rome, and is found again by a clock that was set back', async () => {
    const { collection } = watched();
    const ledgers = new Ledgers(collection);
    const tomorrow = new Date('2026-11-23T23:00:00Z');
    expect(await ledgers.take(CLIENT, AT, 1)).toBe(true);
    expect(await ledgers.take(CLIENT, tomorrow, 1)).toBe(true);
    expect(await ledgers.take(CLIENT, AT, 1)).toBe(false);
  });

  it('tells whoever waits that it could not be written, and has not counted', async () => {
    const { collection, seen, used } = watched();
    const ledgers = new Ledgers(collection);
    await ledgers.take(CLIENT, AT, 5);
    seen.broken = true;
    await expect(ledgers.take(CLIENT, AT, 5)).rejects.toThrow('away');
    seen.broken = false;
    expect(await ledgers.take(CLIENT, AT, 5)).toBe(true);
    expect(await used()).toBe(2);
  });

  it('takes back a call that did not leave', async () => {
    const { collection } = watched();
    const ledgers = new Ledgers(collection);
    await ledgers.take(CLIENT, AT, 1);
    await ledgers.giveBack(CLIENT, AT);
    expect([await ledgers.take(CLIENT, AT, 1), await ledgers.take(CLIENT, AT, 1)]).toEqual([true, false]);
  });

  it('follows ANPR where it has counted more, and writes nothing where it has counted the same', async () => {
    const { collection, seen, used } = watched();
    const ledgers = new Ledgers(collection);
    await ledgers.take(CLIENT, AT, 100);
    await ledgers.reconcile(CLIENT, AT, { limit: 50, remaining: 2 });
    expect(await used()).toBe(48);
    const { writes } = seen;
    await ledgers.reconcile(CLIENT, AT, { limit: 50, remaining: 2 });
    expect(seen.writes).toBe(writes);
    expect((await times(5, () => ledgers.take(CLIENT, AT, 100))).filter(Boolean)).toHaveLength(2);
  });

  it('is closed for every process once ANPR refuses for the quota', async () => {
    const { collection } = watched();
    const [one, two] = [new Ledgers(collection), new Ledgers(collection)];
    await two.take(CLIENT, AT, 100);
    await one.close(CLIENT, AT);
    expect(await two.take(CLIENT, AT, 100)).toBe(false);
  });
});
