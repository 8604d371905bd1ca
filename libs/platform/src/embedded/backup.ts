import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { syncFile } from '../durably.js';
import type { EventStoreStats } from '../event-store/index.js';
import type { Clock, Installation } from '../installation.js';
import { parsedJson } from '../json.js';
import { writeDurably } from './installation-file.js';

const MANIFEST = 'backup.json';

/** Last file written: a folder without it is not a backup. */
export const BackupManifest = z.strictObject({
  format: z.literal(1),
  installation: z.strictObject({ id: z.string(), incarnation: z.string(), environment: z.enum(['test', 'produzione']) }),
  at: z.string(),
  events: z.int(),
  lastPosition: z.string().optional(),
  /** SHA-256, hex. */
  files: z.strictObject({ 'events.db': z.string(), 'keys.db': z.string() }),
});
export type BackupManifest = z.infer<typeof BackupManifest>;

/** A folder that is not a whole backup, or not an empty place to put one. The message is for whoever asked. */
export class UnusableBackup extends Error {
  override readonly name = 'UnusableBackup';
}

export interface BackupSource {
  readonly installation: Installation;
  readonly events: { backup(to: string): Promise<EventStoreStats> };
  readonly keys: { backup(to: string): Promise<void> };
  readonly clock: Clock;
}

/**
 * Events first, then keys: whatever an event was sealed with was durable before it, so the keys copied later open every event copied. Key-encryption keys
 * are never copied. Errors: `UnusableBackup` when the folder is not empty.
 */
export async function writeBackup(folder: string, { installation, events, keys, clock }: BackupSource): Promise<BackupManifest> {
  const to = resolve(folder);
  await mkdir(to, { recursive: true, mode: 0o700 });
  if ((await readdir(to)).length > 0) throw new UnusableBackup(`la cartella ${to} non è vuota`);
  const at = clock().toISOString();
  const { events: count, lastPosition } = await events.backup(join(to, 'events.db'));
  await keys.backup(join(to, 'keys.db'));
  for (const file of ['events.db', 'keys.db']) await syncFile(join(to, file));
  const { id, incarnation, environment } = installation;
  const files = { 'events.db': await sha256(join(to, 'events.db')), 'keys.db': await sha256(join(to, 'keys.db')) };
  const manifest: BackupManifest = { format: 1, installation: { id, incarnation, environment }, at, events: count, ...(lastPosition === undefined ? {} : { lastPosition }), files };
  await writeDurably(join(to, MANIFEST), JSON.stringify(manifest, null, 2));
  return manifest;
}

/** The manifest of a backup whose files are all there and unaltered. Errors: `UnusableBackup`. */
export async function readBackup(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => {
    throw new UnusableBackup(`${folder} non contiene un backup completo: manca ${MANIFEST}`);
  });
  const manifest = BackupManifest.safeParse(parsedJson(text));
  if (!manifest.success) throw new UnusableBackup(`${join(folder, MANIFEST)} non è leggibile da questa versione di GeRes`);
  for (const [file, expected] of Object.entries(manifest.data.files)) {
    const found = await sha256(join(folder, file)).catch(() => undefined);
    if (found !== expected) throw new UnusableBackup(`${join(folder, file)} manca o è stato alterato`);
  }
  return manifest.data;
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
