import { verifyArchive } from '@geres/monitoring/archive';
import { keks, loadConfig, storageSettings } from '@geres/platform/config';
import { installationOn, openSecrets, openStorage, renewalOf, type Storage } from '@geres/platform/distributed';
import { EXIT, Ended } from '../outcome.js';
import { directArchive } from './direct.js';
import type { Archive } from './reached.js';
import { brokenInWords } from './words.js';

const clock = (): Date => new Date();
const { env } = process;

/** The archive of the distributed form, beside whatever services work on it. Errors: `ConfigError`, `WrongInstallation`, `StoreUnavailable`. */
export async function openOnEngines(signal: AbortSignal): Promise<Archive> {
  const config = loadConfig(storageSettings, { env });
  const storage = await openStorage(config);
  try {
    const installation = await installationOn(storage, config);
    // Whoever takes the secrets out holds the keys of every custody: what is missing is said by name.
    const keys = async () => openSecrets(storage.durable, held(loadConfig({ ...storageSettings, ...keks }, { env })));
    const archiveKeys = async () => (await openSecrets(storage.durable, { archive: loadConfig({ ...storageSettings, archive: keks.archive }, { env }).archive })).archive;
    return directArchive({ keeper: { store: storage.store, installation, clock, actor: 'system:cli' }, signal, keys, archiveKeys, running: true, close: () => storage.close() });
  } catch (error) {
    await storage.close();
    throw error;
  }
}

const held = ({ archive, connector, certificates, admin }: { readonly [C in keyof typeof keks]: string }) => ({ archive, connector, certificates, admin });

/** Opens the engines with the keys of every custody for an import, and closes them. Errors: `ConfigError`, `WrongKeyEncryptionKey`, `StoreUnavailable`. */
export async function onEmptyEngines<T>(
  environment: 'test' | 'produzione',
  work: (engines: { readonly storage: Storage; readonly secrets: Awaited<ReturnType<typeof openSecrets>>; readonly renewal: Awaited<ReturnType<typeof renewalOf>> }) => Promise<T>,
): Promise<T> {
  const config = loadConfig({ ...storageSettings, ...keks }, { env });
  if (config.environment !== environment) throw new Ended(EXIT.wrongUse, `l’archivio è dell’ambiente «${environment}», i motori sono di «${config.environment}» (GERES_ENVIRONMENT)`);
  return opened(config, async (storage) => {
    const secrets = await openSecrets(storage.durable, held(config));
    return work({ storage, secrets, renewal: await renewalOf(storage, config, secrets, { clock, actor: 'system:import' }) });
  });
}

export interface Settled {
  readonly events: number;
  readonly environment: string;
}

/** Makes an installation of what the engines' own backups have put back: chains verified, a new incarnation, shredded again what was. Errors: `Ended` for a chain that is broken. */
export async function settleEngines(backupAt: Date, signal: AbortSignal, onProgress: (events: number) => void): Promise<Settled> {
  const config = loadConfig({ ...storageSettings, archive: keks.archive }, { env });
  return opened(config, async (storage) => {
    const renewal = await renewalOf(storage, config, await openSecrets(storage.durable, { archive: config.archive }), { clock, actor: 'system:restore' });
    const found = await verifyArchive(storage.store, ({ events }) => {
      signal.throwIfAborted();
      onProgress(events);
    });
    if (found.broken.length > 0) throw new Ended(EXIT.damaged, brokenInWords(found));
    await renewal.begin();
    await renewal.end({ backupAt: backupAt.toISOString(), events: found.events });
    return { events: found.events, environment: config.environment };
  });
}

async function opened<T>(config: Parameters<typeof openStorage>[0], work: (storage: Storage) => Promise<T>): Promise<T> {
  const storage = await openStorage(config);
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}
