import type { CollectionStore, CommandBus, Environment, EventStore } from '@geres/kernel';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InProcessBus } from '../bus/in-process-bus.js';
import { openSqliteCollections } from '../collections/index.js';
import { lockDataFolder, openSqliteEventStore } from '../event-store/index.js';
import type { Clock, Installation } from '../installation.js';
import { CUSTODIES, keyStores, type KeyEncryptionKey, type KeyStores } from '../keys/index.js';
import { writeBackup, type BackupManifest } from './backup.js';
import { installationOf, readInstallation, WrongInstallation } from './installation-file.js';

/** Files of a data folder. Key-encryption keys are never among them. */
export const FILES = { events: 'events.db', keys: 'keys.db', collections: 'collections.db' } as const;

const SWEEP_MS = 60_000;

export interface EmbeddedOptions {
  readonly folder: string;
  readonly environment: Environment;
  readonly keyEncryptionKeys: Readonly<Record<keyof KeyStores, KeyEncryptionKey>>;
  readonly clock: Clock;
}

/** The engines of one process on one data folder. */
export interface Embedded {
  readonly store: EventStore;
  readonly bus: CommandBus;
  /** Read models, snapshots, answers for pick-up, OIDC state: everything that a restore may drop. */
  readonly collections: CollectionStore;
  /** Secrets and what must not be dropped: durable, erased where removed. */
  readonly durable: CollectionStore;
  readonly keys: KeyStores;
  readonly installation: Installation;
  /** A consistent copy of events and keys while the installation works. */
  backupTo(folder: string): Promise<BackupManifest>;
  close(): Promise<void>;
}

/** Opens or makes a data folder. Errors: `DataFolderInUse`, `WrongInstallation`, `WrongKeyEncryptionKey`, `StoreUnavailable`, and what the file system says. */
export async function openEmbedded({ folder, environment, keyEncryptionKeys, clock }: EmbeddedOptions): Promise<Embedded> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const lock = await lockDataFolder(folder);
  const opened: { close(): Promise<unknown> }[] = [];
  const closeAll = async (): Promise<void> => {
    for (const one of opened.reverse()) await one.close();
    await lock.release();
  };
  try {
    if ((await readInstallation(folder)) === undefined && existsSync(join(folder, FILES.events))) {
      throw new WrongInstallation(`la cartella dei dati ${folder} non è intera: contiene ${FILES.events} e non installation.json. Ripristinarla da un backup`);
    }
    const installation = await installationOf(folder, environment, clock());
    const lost = (file: string): WrongInstallation => new WrongInstallation(`la cartella dei dati ${folder} non è intera: manca ${file}. Ripristinarla da un backup`);
    // Made in this order: the later file without the earlier one is no first start that was cut short.
    const hasKeys = existsSync(join(folder, FILES.keys));
    if (hasKeys && !existsSync(join(folder, FILES.events))) throw lost(FILES.events);
    const store = await openSqliteEventStore({ file: join(folder, FILES.events) });
    opened.push(store);
    if (!hasKeys && (await store.stats()).lastPosition !== undefined) throw lost(FILES.keys);
    const durable = await openSqliteCollections({ file: join(folder, FILES.keys), durability: 'full', secureDelete: true });
    opened.push(durable);
    const collections = await openSqliteCollections({ file: join(folder, FILES.collections), durability: 'normal' });
    opened.push(collections);
    const keys = keyStores(durable, keyEncryptionKeys);
    for (const custody of CUSTODIES) await keys[custody].check();
    const bus = new InProcessBus();
    opened.push(bus);
    opened.push(sweeping(collections, durable));
    return {
      store,
      bus,
      collections,
      durable,
      keys,
      installation,
      backupTo: (to) => writeBackup(to, { installation, events: store, keys: durable, clock }),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** Expired rows are not read; that they also leave the files is seen to every minute. One that fails is made up for by the next. */
function sweeping(...stores: readonly CollectionStore[]): { close(): Promise<void> } {
  const timer = setInterval(() => stores.forEach((store) => void store.sweep().catch(() => undefined)), SWEEP_MS);
  timer.unref();
  return { close: () => Promise.resolve(clearInterval(timer)) };
}
