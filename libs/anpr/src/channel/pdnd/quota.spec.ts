import { memoryCollections } from '@geres/kernel/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ledger } from '../../protocol/pdnd/index.js';
import { frontEnd } from '../../testing/pdnd-answers.js';
import { FOUND, pdndWorld, type Setting, type World } from '../../testing/pdnd-world.js';
import { Ledgers } from './ledgers.js';

const opened: World[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
async function world(setting: Setting = {}): Promise<World> {
  const made = await pdndWorld(setting);
  opened.push(made);
  return made;
}

describe('the quota of a client', () => {
  it('lets no call leave past it, for each e-service apart, until midnight in Rome', async () => {
    const { pdnd, ask, at } = await world({ profile: { dailyQuota: 2 } });
    await ask();
    await ask();
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'quota-superata', detail: 'quota-del-giorno-C020' });
    expect(pdnd.calls).toHaveLength(2);
    expect(await ask({ request: { servizio: 'generalita' } })).toMatchObject({ kind: 'answered' });
    at(new Date('2026-11-23T23:00:00.000Z'));
    expect(await ask()).toMatchObject({ kind: 'answered' });
  });

  it('counts a call that failed, and one that was made again', async () => {
    const { pdnd, ask } = await world({ profile: { dailyQuota: 2 } });
    pdnd.answer = () => 'cut';
    await ask();
    expect(await ask()).toMatchObject({ problem: 'quota-superata' });
    expect(pdnd.calls).toHaveLength(2);
  });

  it('is what ANPR says, where that is less', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => ({ body: FOUND, headers: { 'x-ratelimit-limit': '50', 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '50000' } });
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(await ask()).toMatchObject({ problem: 'quota-superata' });
    expect(pdnd.calls).toHaveLength(1);
  });

  it('is not begun anew by a restart, and is shared by whoever asks for the client', async () => {
    const collection = memoryCollections().collection<Ledger>({ name: 'pdnd-ledgers' });
    const after = async () => world({ profile: { dailyQuota: 2 }, ports: { ledgers: new Ledgers(collection) } });
    expect(await (await after()).ask()).toMatchObject({ kind: 'answered' });
    const [one, other] = [await after(), await after()];
    const outcomes = await Promise.all([one.ask(), other.ask()]);
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['answered', 'failed']);
  });

  it('lets nothing leave where the calls cannot be counted', async () => {
    const broken = { ...memoryCollections().collection<Ledger>({ name: 'pdnd-ledgers' }), insert: () => Promise.reject(new Error('disk full')) };
    const { pdnd, ask } = await world({ ports: { ledgers: new Ledgers(broken) } });
    expect(await ask()).toMatchObject({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'chiamata-non-contata' });
    expect(pdnd.calls).toEqual([]);
  });

  it('is not used by a call that may not leave any more once it is counted', async () => {
    const collection = memoryCollections().collection<Ledger>({ name: 'pdnd-ledgers' });
    let counted = false;
    const watched = { ...collection, insert: (...given: Parameters<typeof collection.insert>) => collection.insert(...given).then(() => void (counted = true)) };
    const { pdnd, ask } = await world({ profile: { dailyQuota: 1 }, ports: { ledgers: new Ledgers(watched) } });
    expect(await ask({ forbids: () => (counted ? 'sessione-chiusa' : undefined) })).toMatchObject({ kind: 'failed', problem: 'sessione-chiusa', detail: 'non-più-ammessa' });
    expect(await ask()).toMatchObject({ kind: 'answered' });
    expect(pdnd.calls).toHaveLength(1);
  });

  it('is over for the day once ANPR has said so; being slowed down is something else', async () => {
    const { pdnd, ask } = await world();
    pdnd.answer = () => ({ status: 429, body: frontEnd(429, 'TooManyRequests') });
    await ask();
    pdnd.answer = () => ({ status: 429, body: frontEnd(429, 'LimitExceeded') });
    expect(await ask()).toMatchObject({ problem: 'quota-superata', detail: '429-LimitExceeded' });
    expect(await ask()).toMatchObject({ problem: 'quota-superata', detail: 'quota-del-giorno-C020' });
    expect(pdnd.calls).toHaveLength(2);
  });
});
