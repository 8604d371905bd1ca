import type { ArchiveKeeper } from '@geres/monitoring/archive';
import { keyOptionsOf, type StandaloneConfig } from '@geres/platform/config';
import { openSqliteCollections } from '@geres/platform/collections';
import { FILES, readInstallation, writeBackup } from '@geres/platform/embedded';
import { lockDataFolder, openSqliteEventStore } from '@geres/platform/event-store';
import { keyStores, loadKeyEncryptionKeys } from '@geres/platform/keys';
import { join } from 'node:path';
import { directArchive } from './direct.js';
import type { ReachedArchive } from './reached.js';

/** The archive of an installation that is not running, under its lock. Keys are asked for only where secrets leave. Errors: `DataFolderInUse`, `StoreUnavailable`. */
export async function openOffline(folder: string, config: StandaloneConfig, signal: AbortSignal): Promise<ReachedArchive> {
  const lock = await lockDataFolder(folder);
  const opened: { close(): Promise<unknown> }[] = [];
  const close = async (): Promise<void> => {
    for (const one of opened.reverse()) await one.close();
    await lock.release();
  };
  try {
    const installation = (await readInstallation(folder))!;
    const store = await openSqliteEventStore({ file: join(folder, FILES.events) });
    opened.push(store);
    const durable = await openSqliteCollections({ file: join(folder, FILES.keys), durability: 'full', secureDelete: true });
    opened.push(durable);
    const clock = (): Date => new Date();
    const keeper: ArchiveKeeper = { store, installation, clock, actor: 'system:cli' };
    const keys = async () => keyStores(durable, await loadKeyEncryptionKeys({ ...keyOptionsOf(config), mustExist: true }));
    return {
      ...directArchive({ keeper, signal, keys, archiveKeys: async () => (await keys()).archive, running: false, close }),
      backup: (to) => writeBackup(to, { installation, events: store, keys: durable, clock }),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
