import { applyGrant, GRANT_PREFIXES, noGrants, type Grants } from '@geres/anpr';
import { startProjections } from '@geres/monitoring';
import { openSqliteCollections } from '@geres/platform/collections';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { follow } from '@geres/platform/projections';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../installation.js';
import { fillDays, fillUsers, type Asker } from './archive.js';
import { figure, type Figure } from './figures.js';

const ASKER: Asker = { comune: 'H501', ente: 'c_h501', application: 'tributi-roma' };
const LOOKUPS = 100_000;
const USERS = 50_000;
const TARGET = 50_000;

/** How fast grants and the projection of lookups are built anew from events: what a restore or a new version of a read model costs. */
export async function replay(): Promise<readonly Figure[]> {
  const folder = await temporaryFolder();
  const store = await openSqliteEventStore({ file: join(folder, 'events.db') });
  const collections = await openSqliteCollections({ file: join(folder, 'collections.db'), durability: 'normal' });
  const stopping = new AbortController();
  try {
    await fillUsers(store, ASKER, USERS);
    await fillDays(store, ASKER, new Date(), { days: 100, perDay: LOOKUPS / 100 });

    const grantsStarted = performance.now();
    const grants = await follow<Grants>({ name: 'grants', store, prefixes: GRANT_PREFIXES, initial: noGrants, apply: applyGrant, signal: stopping.signal });
    await grants.caughtUp();
    const grantsRate = (USERS * 2) / ((performance.now() - grantsStarted) / 1000);

    const lookupsStarted = performance.now();
    const running = startProjections({ store, collections, installation: { incarnation: 'bench' }, signal: stopping.signal, onFailure: (name, error) => process.stderr.write(`${name}: ${error.message}\n`) });
    await Promise.all(running.projections.map((one) => one.caughtUp()));
    const lookupsRate = (LOOKUPS * 2) / ((performance.now() - lookupsStarted) / 1000);
    const of = (name: string, value: number): Figure => figure(name, value, 'eventi/s', { target: `≥ ${TARGET} eventi/s`, met: value >= TARGET });
    return [of('rilettura delle abilitazioni (grants)', grantsRate), of('rilettura della proiezione delle richieste', lookupsRate)];
  } finally {
    stopping.abort();
    await collections.close();
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}
