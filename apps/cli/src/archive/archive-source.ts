import { readHeader, type ImportOptions } from '@geres/monitoring/archive';
import { adoptBundle, openBundle, privateTransportKey, type KeyStores } from '@geres/platform/keys';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { wrongUse } from '../outcome.js';
import { countOf } from './words.js';

export interface ImportAsked {
  /** Absolute. */
  readonly file: string;
  /** PEM of the private key that opens the secrets. */
  readonly key?: string;
  readonly sha256?: string;
  readonly signal: AbortSignal;
  readonly onProgress: (text: string) => void;
}

/** An exported file and the key that opens its secrets, which fit each other. */
export interface ArchiveSource {
  readonly environment: 'test' | 'produzione';
  /** When it was exported, as it says. */
  readonly exportedAt: string;
  readonly open: () => Readable;
  /** For `importArchive`; `keys`: where the secrets go. */
  options(keys: KeyStores): ImportOptions;
}

const PHASES = { controllo: 'controllo il file', scrittura: 'scrivo l’archivio' } as const;

/** Errors: `UnusableArchive`, `UnusableTransportKey`, `Ended`. */
export async function archiveSource({ file, key: pem, sha256, signal, onProgress }: ImportAsked): Promise<ArchiveSource> {
  const open = (): Readable => createReadStream(file, { signal });
  const { ambiente: environment, destinatario, esportatoIl } = await readHeader(open());
  if (environment === undefined) throw wrongUse('il file non dice di quale ambiente è');
  const key = pem === undefined ? undefined : await privateTransportKey(pem);
  if (destinatario !== undefined && !key) throw wrongUse(`il file contiene i segreti, sigillati per la chiave ${destinatario}: indicarla con --chiave`);
  if (key && destinatario !== undefined && destinatario !== key.id) throw wrongUse(`i segreti del file sono sigillati per la chiave ${destinatario}, questa è ${key.id}`);
  return {
    environment,
    exportedAt: esportatoIl ?? new Date().toISOString(),
    open,
    options: (keys) => ({
      environment,
      ...(sha256 === undefined ? {} : { sha256 }),
      ...(key ? { secrets: { check: (bundle: string) => openBundle(bundle, key), take: (bundle: string) => adoptBundle(keys, bundle, key) } } : {}),
      onProgress({ phase, events, of }) {
        signal.throwIfAborted();
        onProgress(`${PHASES[phase]}: ${of === undefined ? countOf(events, 'evento', 'eventi') : `${countOf(events, 'evento', 'eventi')} di ${of}`}`);
      },
    }),
  };
}
