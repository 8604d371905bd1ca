import { importArchive, UnusableArchive, type Imported } from '@geres/monitoring/archive';
import { settleRestored } from '@geres/platform';
import { keyOptionsOf, type StandaloneConfig } from '@geres/platform/config';
import { intoPlace, openEmbedded } from '@geres/platform/embedded';
import { loadKeyEncryptionKeys, type KeyStores } from '@geres/platform/keys';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { EXIT, Ended } from '../outcome.js';
import { archiveSource, type ImportAsked } from './archive-source.js';
import { onEmptyEngines } from './on-engines.js';

export interface ImportedInstallation extends Imported {
  /** Absent: on the engines. */
  readonly folder?: string;
  readonly environment: string;
  readonly keysMadeAt?: string;
}

/** SQLite commits appends in the order in which they come. */
const UNDER_WAY = 64;

/** A new installation in a data folder, made of an exported archive: whole or not at all. Errors: `UnusableArchive`, `UnusableTransportKey`, `UnusableBackup`, `Ended`. */
export async function importFile(asked: ImportAsked, config: StandaloneConfig): Promise<ImportedInstallation> {
  const folder = resolve(config.data);
  const { environment, exportedAt, open, options } = await archiveSource(asked);
  const keks = await loadKeyEncryptionKeys(keyOptionsOf(config));
  const clock = (): Date => new Date();
  try {
    const imported = await intoPlace(folder, async (stage) => {
      const { store, keys, installation, close } = await openEmbedded({ folder: stage, environment, keyEncryptionKeys: keks, clock });
      try {
        const made = await importArchive(store, open, { ...options(keys), underWay: UNDER_WAY });
        await settleRestored({ store, secrets: keys.archive, installation, clock, actor: 'system:import' }, { backupAt: exportedAt, events: made.events });
        return made;
      } finally {
        await close();
      }
    });
    return { ...imported, folder, environment, ...(keks.madeAt === undefined ? {} : { keysMadeAt: keks.madeAt }) };
  } catch (error) {
    if (keks.madeAt !== undefined) await rm(keks.madeAt, { force: true });
    throw error;
  }
}

/**
 * The same on the engines of the distributed form, which must be empty. Until it has come to its end no service starts there, and the same command goes on where it
 * was. Errors: as above, `ConfigError`, `StoreUnavailable`.
 */
export async function importOnEngines(asked: ImportAsked): Promise<ImportedInstallation> {
  const { environment, exportedAt, open, options } = await archiveSource(asked);
  return onEmptyEngines(environment, async ({ storage, secrets, renewal }) => {
    let begun = renewal.left !== undefined;
    try {
      const imported = await importArchive(storage.store, open, {
        ...options(secrets),
        ...(renewal.left === undefined ? {} : { left: renewal.left }),
        async beforeWriting() {
          if (!begun) await refuseSecrets(secrets);
          await renewal.begin();
          begun = true;
        },
      });
      await renewal.end({ backupAt: exportedAt, events: imported.events });
      return { ...imported, environment };
    } catch (error) {
      if (begun && (error as Error).name === 'AbortError') throw new Ended(EXIT.interrupted, 'interrotto: nessun servizio si avvia su questi motori finché lo stesso comando, ripetuto, non arriva in fondo');
      throw error;
    }
  });
}

/** Errors: `UnusableArchive` where secrets are there already: those of the file could not take their place. */
async function refuseSecrets(stores: KeyStores): Promise<void> {
  for (const [custody, store] of Object.entries(stores) as [string, KeyStores['archive']][]) {
    for await (const _ of store.ids()) throw new UnusableArchive(`i motori di destinazione non sono vuoti: contengono già segreti (${custody})`);
  }
}
