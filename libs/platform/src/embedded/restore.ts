import { archiveEvents, archiveStream, known, romeMonth } from '@geres/contracts';
import { eventId, isCaughtUp, whole, type EventMeta, type EventStore } from '@geres/kernel';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import type { Clock } from '../installation.js';
import { archiveKeyId, type KeyEncryptionKey, type KeyStores } from '../keys/index.js';
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
  const incarnation = ulid(now.getTime());
  await copyFile(join(backup, 'events.db'), join(folder, FILES.events));
  await copyFile(join(backup, 'keys.db'), join(folder, FILES.keys));
  const { environment } = manifest.installation;
  await writeInstallation(folder, { ...manifest.installation, incarnation }, now);
  const { store, keys, close } = await openEmbedded({ folder, environment, keyEncryptionKeys, clock });
  try {
    for (const { comune, month } of await shredded(store)) await keys.archive.destroy(archiveKeyId(comune, month));
    const stream = archiveStream(romeMonth(now));
    const { head } = await whole(store.read(stream));
    const meta: EventMeta = { actor: 'system:restore', correlationId: incarnation, causationId: incarnation, recordedAt: now.toISOString(), environment };
    const data = { incarnation, backupAt: manifest.at, events: manifest.events };
    await store.append(stream, head, [{ id: eventId(incarnation, 0), type: 'monitoring.archive.restored', v: 1, data, meta }]);
  } finally {
    await close();
  }
  return manifest;
}

async function shredded(store: EventStore): Promise<readonly { readonly comune: string; readonly month: string }[]> {
  const ending = new AbortController();
  const months: { comune: string; month: string }[] = [];
  for await (const item of store.subscribe('start', { prefixes: ['archive-'], signal: ending.signal })) {
    if (isCaughtUp(item)) break;
    const event = known(archiveEvents, item);
    if (event.type === 'monitoring.archive.shredded') months.push(event.data);
  }
  ending.abort();
  return months;
}
