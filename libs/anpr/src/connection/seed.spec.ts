import { randomBytes } from 'node:crypto';
import type { ConnectionEvent } from '@geres/contracts';
import { fold, handle, whole, type DomainEvent } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import type { Installation } from '@geres/platform';
import { keyEncryptionKey, KeyStore, type KeyStores, type WrappedSecret } from '@geres/platform/keys';
import { describe, expect, it } from 'vitest';
import { memoryKeys } from '../testing/memory-keys.js';
import { connection } from './connection.domain.js';
import { seedConnections, type SeedOptions } from './seed.js';

const CODICE_FISCALE = 'SNTPTR70A01H501T';
const ENDPOINT = 'http://127.0.0.1:8081/ANPR3000ServiziConsultazione/AnprService3000';

function world(environment: Installation['environment'] = 'test') {
  const store = memoryEventStore();
  const collections = memoryCollections();
  const of = (custody: keyof KeyStores): KeyStore => new KeyStore({ collection: collections.collection<WrappedSecret>({ name: `secrets-${custody}` }), kek: keyEncryptionKey(randomBytes(32)) });
  const keys: KeyStores = { archive: of('archive'), connector: of('connector'), certificates: of('certificates'), admin: of('admin') };
  const seed = (changes: Partial<SeedOptions> = {}): Promise<void> =>
    seedConnections({
      store,
      keys,
      clock: () => new Date('2026-11-23T09:00:00Z'),
      installation: { id: 'i', incarnation: 'i', environment },
      endpoint: ENDPOINT,
      connections: ['H501', 'F205'].map((comune) => ({ comune, senderCode: '058091', operatorCodiceFiscale: CODICE_FISCALE })),
      ...changes,
    });
  const events = async (comune = 'H501'): Promise<readonly DomainEvent[]> => (await whole(store.read(`connection-${comune}-ws`))).events;
  const act = (command: { readonly type: 'suspend'; readonly reason: string } | { readonly type: 'withdraw-operator'; readonly operator: string; readonly reason: string }) =>
    handle(store, connection, 'connection-H501-ws', { comune: 'H501', channel: 'ws', ...command }, { actor: 'user:x', correlationId: 'c', causationId: command.type, recordedAt: '2026-11-23T10:00:00Z', environment: 'test' });
  return { store, keys, seed, events, act };
}

describe('the demo connections', () => {
  it('are active, each with an operator in office whose codice fiscale is sealed', async () => {
    const { seed, events, keys, store } = world();
    await seed();
    for (const comune of ['H501', 'F205']) {
      const state = fold(connection, await events(comune));
      if (state.status === 'absent') throw new Error('absent');
      expect(state).toMatchObject({ status: 'active', settings: { endpoint: ENDPOINT, security: 'none' }, operators: [{ from: '2026-11-23' }] });
      const { operator, codiceFiscale } = state.operators[0]!;
      expect((await keys.connector.box(`operator/${operator}`)).open(codiceFiscale, operator)).toBe(CODICE_FISCALE);
    }
    expect(JSON.stringify(store.events)).not.toContain(CODICE_FISCALE);
  });

  it('sign with a certificate of the simulator, where there is custody for its key', async () => {
    const { seed, events } = world();
    const custody = await memoryKeys();
    const stations: string[] = [];
    const issue = (station: string) => {
      stations.push(station);
      return Promise.resolve({ pkcs12: Buffer.from(`${station} ${stations.length}`), password: 'prova' });
    };
    const trust = { now: true };
    const signing = { custody, issue, isTrusted: () => Promise.resolve(trust.now), responsibleOf: () => '01JDT0P000000000000000000A' };
    await seed({ signing });
    await seed({ signing });
    expect(stations).toEqual(['058091-CO-9999', '058091-CO-9999']);
    const state = fold(connection, await events());
    expect(state).toMatchObject({ status: 'active', settings: { security: 'wss' }, certificates: [{ use: 'firma', responsible: '01JDT0P000000000000000000A' }] });
    expect(custody.held.size).toBe(2);
    // A restored installation meets a simulator whose authority is another.
    trust.now = false;
    await seed({ signing });
    expect((await events()).at(-1)).toMatchObject({ type: 'anpr.connection.certificate-installed' });
    expect(custody.held.size).toBe(4);
  });

  it('are not made again by a second start, on another day', async () => {
    const { seed, store } = world();
    await seed();
    const made = store.events.length;
    await seed({ clock: () => new Date('2026-12-24T09:00:00Z') });
    expect(store.events).toHaveLength(made);
  });

  it('follow the simulator to another address, and keep their other settings', async () => {
    const { seed, events } = world();
    await seed({ settings: { timeoutMs: 5000 } });
    await seed({ endpoint: 'http://127.0.0.1:9999/x' });
    expect((await events()).slice(3)).toMatchObject([{ type: 'anpr.connection.configured', data: { settings: { endpoint: 'http://127.0.0.1:9999/x', timeoutMs: 5000 } } } satisfies DeepPartial<ConnectionEvent>]);
  });

  it('stay as people have left them: suspended, without that operator', async () => {
    const { seed, events, act } = world();
    await seed();
    const state = fold(connection, await events());
    await act({ type: 'withdraw-operator', operator: state.status === 'absent' ? '' : state.operators[0]!.operator, reason: 'prova' });
    await act({ type: 'suspend', reason: 'prova' });
    await seed();
    expect(fold(connection, await events())).toMatchObject({ status: 'suspended', operators: [] });
  });

  it.each([1, 2])('are completed after a start that was cut after event %i', async (count) => {
    const { seed, events, store } = world();
    await seed();
    const cut = world();
    const first = (await whole(store.read('connection-H501-ws'))).events.slice(0, count).map(({ id, type, v, data, meta }) => ({ id, type, v, data, meta }));
    await cut.store.append('connection-H501-ws', (await whole(cut.store.read('connection-H501-ws'))).head, first);
    await cut.seed();
    expect((await cut.events()).map(({ type }) => type)).toEqual((await events()).map(({ type }) => type));
  });

  it('exist in environment test alone', async () => {
    const { seed, store } = world('produzione');
    await expect(seed()).rejects.toThrow('environment test');
    expect(store.events).toHaveLength(0);
  });
});

type DeepPartial<T> = T extends object ? { readonly [K in keyof T]?: DeepPartial<T[K]> } : T;
