import { importArchive, readHeader, type Imported } from '@geres/monitoring/archive';
import { keyOptionsOf, type StandaloneConfig } from '@geres/platform/config';
import { intoPlace, openEmbedded } from '@geres/platform/embedded';
import { adoptBundle, loadKeyEncryptionKeys, openBundle, privateTransportKey } from '@geres/platform/keys';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { wrongUse } from '../outcome.js';

export interface ImportAsked {
  /** Absolute. */
  readonly file: string;
  readonly config: StandaloneConfig;
  /** PEM of the private key that opens the secrets. */
  readonly key?: string;
  readonly sha256?: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

export interface ImportedInstallation extends Imported {
  readonly folder: string;
  readonly environment: string;
  readonly keysMadeAt?: string;
}

const PHASES = { controllo: 'controllo il file', scrittura: 'scrivo l’archivio' } as const;

/** A new installation made of an exported archive: whole or not at all. Errors: `UnusableArchive`, `UnusableTransportKey`, `UnusableBackup`, `Ended`. */
export async function importFile({ file, config, key: pem, sha256, signal, onProgress }: ImportAsked): Promise<ImportedInstallation> {
  const folder = resolve(config.data);
  const open = () => createReadStream(file, { signal });
  const { ambiente: environment, destinatario } = await readHeader(open());
  if (environment === undefined) throw wrongUse('il file non dice di quale ambiente è');
  const key = pem === undefined ? undefined : await privateTransportKey(pem);
  if (destinatario !== undefined && !key) throw wrongUse(`il file contiene i segreti, sigillati per la chiave ${destinatario}: indicarla con --chiave`);
  if (key && destinatario !== undefined && destinatario !== key.id) throw wrongUse(`i segreti del file sono sigillati per la chiave ${destinatario}, questa è ${key.id}`);
  const keks = await loadKeyEncryptionKeys(keyOptionsOf(config));
  try {
    const imported = await intoPlace(folder, async (stage) => {
      const embedded = await openEmbedded({ folder: stage, environment, keyEncryptionKeys: keks, clock: () => new Date() });
      try {
        return await importArchive(embedded.store, open, {
          environment,
          ...(sha256 === undefined ? {} : { sha256 }),
          ...(key ? { secrets: { check: (bundle: string) => openBundle(bundle, key), take: (bundle: string) => adoptBundle(embedded.keys, bundle, key) } } : {}),
          onProgress: ({ phase, events }) => {
            signal.throwIfAborted();
            onProgress(`${PHASES[phase]}: ${events} eventi`);
          },
        });
      } finally {
        await embedded.close();
      }
    });
    return { ...imported, folder, environment, ...(keks.madeAt === undefined ? {} : { keysMadeAt: keks.madeAt }) };
  } catch (error) {
    if (keks.madeAt !== undefined) await rm(keks.madeAt, { force: true });
    throw error;
  }
}

