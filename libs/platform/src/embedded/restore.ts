import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import type { Clock } from '../installation.js';
import type { KeyEncryptionKey, KeyStores } from '../keys/index.js';
import { settleRestored } from '../restored.js';
import { readBackup, type BackupManifest } from './backup.js';
import { FILES, openEmbedded } from './embedded.js';
import { writeInstallation } from './installation-file.js';
import { intoPlace } from './into-place.js';

export interface RestoreOptions {
  readonly folder: string;
  readonly backup: string;
  readonly keyEncryptionKeys: Readonly<Record<keyof KeyStores, KeyEncryptionKey>>;
  readonly clock: Clock;
}

/**
 * Makes a data folder of a backup: events and keys as they were, no read models, checkpoints, snapshots or answers, a new incarnation. Every month that the
 * archive says was shredded is shredded again, and `monitoring.archive.restored` is recorded. Whole or not at all. Errors: `UnusableBackup`;
 * `WrongKeyEncryptionKey` when the keys are not those of the backup; `DataFolderInUse`.
 */
export async function restoreInto({ folder, ...options }: RestoreOptions): Promise<BackupManifest> {
  const manifest = await readBackup(options.backup);
  return intoPlace(folder, (stage) => restored(manifest, { ...options, folder: stage }));
}

async function restored(manifest: BackupManifest, { folder, backup, keyEncryptionKeys, clock }: RestoreOptions): Promise<BackupManifest> {
  const now = clock();
  await copyFile(join(backup, 'events.db'), join(folder, FILES.events));
  await copyFile(join(backup, 'keys.db'), join(folder, FILES.keys));
  const { environment } = manifest.installation;
  await writeInstallation(folder, { ...manifest.installation, incarnation: ulid(now.getTime()) }, now);
  const { store, keys, installation, close } = await openEmbedded({ folder, environment, keyEncryptionKeys, clock });
  try {
    await settleRestored({ store, secrets: keys.archive, installation, clock, actor: 'system:restore' }, { backupAt: manifest.at, events: manifest.events });
  } finally {
    await close();
  }
  return manifest;
}
