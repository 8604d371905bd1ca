import type { Collection, CollectionStore, EventStore } from '@geres/kernel';
import { hostname } from 'node:os';
import { openMongoCollections, type MongoCollections } from '../collections/mongo/index.js';
import type { StorageConfig } from '../config/index.js';
import { WrongInstallation } from '../embedded/installation-file.js';
import { openEventStoreDb } from '../event-store/eventstoredb/index.js';
import type { Clock, Installation } from '../installation.js';
import { keyEncryptionKey, keyStores, type KeyStores } from '../keys/index.js';
import { restoredEventId, settleRestored } from '../restored.js';
import { beginRenewal, endRenewal, knownInstallation, unfinishedIncarnation, type InstallationRow } from '../service/installation.js';

/** What a restore drops and what it must not are told apart by the names of their collections. */
const DURABLE = 'durable_';

export interface Storage {
  readonly store: EventStore;
  /** Secrets and what must not be dropped. */
  readonly durable: CollectionStore;
  close(): Promise<void>;
}

/** Archive and secrets of the distributed form. `instance`: of this process, for the event store. The engines need not be up yet. Errors: `WrongConnection`. */
export async function openStorage({ eventStoreUrl, mongodbUrl }: StorageConfig, instance = `comandi-${hostname()}`): Promise<Storage & { readonly durable: MongoCollections }> {
  const durable = await openMongoCollections({ url: mongodbUrl, prefix: DURABLE });
  try {
    const store = await openEventStoreDb({ connectionString: eventStoreUrl, instance: instance.replaceAll(/[^\w.-]/g, '-').slice(0, 100) });
    return { store, durable, close: async () => void (await Promise.all([store.close(), durable.close()])) };
  } catch (error) {
    await durable.close();
    throw error;
  }
}

/** Base64, by custody. */
export type EncodedKeks<C extends keyof KeyStores = keyof KeyStores> = { readonly [K in C]: string };

/** The secrets of those custodies. Errors: `WrongKeyEncryptionKey` where they are under another key. */
export async function openSecrets<C extends keyof KeyStores>(durable: CollectionStore, encoded: EncodedKeks<C>): Promise<Readonly<Record<C, KeyStores[C]>>> {
  const keks = Object.fromEntries(Object.entries<string>(encoded).map(([custody, key]) => [custody, keyEncryptionKey(Buffer.from(key, 'base64'))])) as Parameters<typeof keyStores<C>>[1];
  const stores = keyStores<C>(durable, keks);
  for (const custody of Object.keys(stores) as C[]) await stores[custody].check();
  return stores;
}

export const installationRows = (durable: CollectionStore): Collection<InstallationRow> => durable.collection<InstallationRow>({ name: 'installation' });

/** Whether the event store answers at all. Errors: `StoreUnavailable`. */
export async function answers(store: EventStore): Promise<void> {
  for await (const _ of store.read('installazione')) return;
}

/** Errors: `WrongInstallation` where there is none, or of another environment, or not whole. */
export async function installationOn({ durable }: Storage, { environment }: StorageConfig): Promise<Installation> {
  const known = await knownInstallation(installationRows(durable), environment);
  if (!known) throw new WrongInstallation('su questi motori non c’è un’installazione di GeRes: si crea con «geres motori installazione» o «geres archive import --motori»');
  return known;
}

export interface Renewal {
  /** Id of the event that an earlier attempt, which did not come to its end, may have left. */
  readonly left?: string;
  /** From here on no service starts until `end`. */
  begin(): Promise<void>;
  /** Shreds again what was shredded, records that the installation was restored, lets services start. Errors: `StoreUnavailable`; what was done is not done twice. */
  end(from: { readonly backupAt: string; readonly events: number }): Promise<void>;
}

/** A new incarnation for what an import, or a restore of the engines' own backups, puts into them. Services must not be running. Errors: `WrongInstallation`. */
export async function renewalOf({ store, durable }: Storage, { environment }: StorageConfig, secrets: Pick<KeyStores, 'archive'>, { clock, actor }: { readonly clock: Clock; readonly actor: string }): Promise<Renewal> {
  const rows = installationRows(durable);
  const unfinished = await unfinishedIncarnation(rows, environment);
  return {
    ...(unfinished === undefined ? {} : { left: restoredEventId(unfinished) }),
    begin: async () => void (await beginRenewal(rows, environment, clock())),
    async end(from) {
      const installation = await beginRenewal(rows, environment, clock());
      await settleRestored({ store, secrets: secrets.archive, installation, clock, actor }, from);
      await endRenewal(rows);
    },
  };
}
