import { fold, whole } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import { keyEncryptionKey, KeyStore, type WrappedSecret } from '@geres/platform/keys';
import { calculateJwkThumbprint, exportJWK, importSPKI } from 'jose';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { noDevice } from '../custody/index.js';
import { connection } from './connection.domain.js';
import { seedPdndConnection, type DemoPdndClient, type PdndSeedOptions } from './seed-pdnd.js';

const SIMULATOR = 'http://127.0.0.1:8081';

function world() {
  const store = memoryEventStore();
  const secrets = new KeyStore({ collection: memoryCollections().collection<WrappedSecret>({ name: 'secrets-certificates' }), kek: keyEncryptionKey(randomBytes(32)) });
  const registered: DemoPdndClient[] = [];
  const seed = (changes: Partial<PdndSeedOptions> = {}): Promise<void> =>
    seedPdndConnection({
      store,
      vault: { secrets, device: noDevice },
      clock: () => new Date('2026-11-23T09:00:00Z'),
      installation: { id: 'i', incarnation: 'i', environment: 'test' },
      comune: 'A944',
      responsible: '01JDT0P000000000000000000A',
      simulator: SIMULATOR,
      register: (client) => Promise.resolve(void registered.push(client)),
      ...changes,
    });
  return { store, seed, registered, events: async () => (await whole(store.read('connection-A944-pdnd'))).events };
}

describe('the demo connection over PDND', () => {
  it('is active with a key made in the connector, which the simulator is told at each start; a second start appends nothing', async () => {
    const { seed, registered, events } = world();
    await seed();
    const made = await events();
    expect(made.map(({ type }) => type)).toEqual(['anpr.connection.configured', 'anpr.connection.certificate-installed', 'anpr.connection.activated']);
    await seed({ clock: () => new Date('2026-12-24T09:00:00Z') });
    expect(await events()).toEqual(made);
    expect(registered).toHaveLength(2);
    expect(registered[1]).toEqual(registered[0]);
    const kid = await calculateJwkThumbprint(await exportJWK(await importSPKI(registered[0]!.publicKey, 'RS256', { extractable: true })));
    expect(fold(connection, made)).toMatchObject({
      certificates: [{ kid, use: 'client' }],
      settings: { clientId: registered[0]!.clientId, profiles: { C020: { kid, purposeId: registered[0]!.purposes.C020 } } },
    });
  });

  it('follows the simulator to another address', async () => {
    const { seed, events } = world();
    await seed();
    await seed({ simulator: 'http://127.0.0.1:9999' });
    expect((await events()).slice(3)).toMatchObject([{ type: 'anpr.connection.configured', data: { settings: { tokenEndpoint: 'http://127.0.0.1:9999/token.oauth2' } } }]);
  });

  it('exists in environment test alone', async () => {
    const { seed, store } = world();
    await expect(seed({ installation: { id: 'i', incarnation: 'i', environment: 'produzione' } })).rejects.toThrow('environment test');
    expect(store.events).toHaveLength(0);
  });
});
