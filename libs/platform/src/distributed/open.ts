import { hostname } from 'node:os';
import { openKafkaBus, Seal, type BusKeys, type Family } from '../bus/kafka/index.js';
import { openMongoCollections } from '../collections/mongo/index.js';
import type { InstallationKeys, ServiceConfig } from '../config/index.js';
import { WrongInstallation } from '../embedded/installation-file.js';
import type { Clock } from '../installation.js';
import { WrongKeyEncryptionKey, type KeyStores } from '../keys/index.js';
import type { Log } from '../log/index.js';
import { opening } from '../service/closing.js';
import type { Engines } from '../service/engines.js';
import { sharedInstallation } from '../service/installation.js';
import { untilThere } from '../service/until-there.js';
import { kafkaSettingsOf } from './kafka-settings.js';
import { answers, installationRows, openSecrets, openStorage, type EncodedKeks } from './storage.js';

/** What one service holds: 32 bytes each, base64. Of the keys of a family the first seals, all open. */
export interface Held {
  readonly busKeys: { readonly [F in Family]?: readonly string[] };
  readonly keks?: { readonly [C in keyof KeyStores]?: string };
}

export interface DistributedOptions {
  readonly service: string;
  readonly config: ServiceConfig;
  readonly held: Held;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts when nobody waits for the engines any more. */
  readonly signal: AbortSignal;
}

const SWEEP_MS = 60_000;

/** The ports of one service, and whether their engines can be reached now. The event store shows by itself how fresh is what follows it. */
export interface DistributedEngines extends Engines {
  readonly reached: Readonly<Record<'kafka' | 'mongodb', () => boolean>>;
  close(graceMs: number): Promise<void>;
}

/** The ports of one service on EventStoreDB, Kafka and MongoDB. Waits for engines that are not up yet. Errors: `ConfigError`, `WrongInstallation`, `WrongKeyEncryptionKey`; the signal's reason. */
export const openDistributed = ({ service, config, held, clock, log, signal }: DistributedOptions): Promise<DistributedEngines> =>
  opening(async (closing) => {
    const kafka = kafkaSettingsOf(config, `geres-${service}`);
    const collections = await openMongoCollections({ url: config.mongodbUrl });
    closing.add(() => collections.close());
    const { store, durable, close } = await openStorage(config, `${service}-${hostname()}-${process.pid}`);
    closing.add(close);
    const isFinal = (error: unknown): boolean => error instanceof WrongInstallation || error instanceof WrongKeyEncryptionKey;
    const waitFor = <T>(name: string, work: () => Promise<T>): Promise<T> =>
      untilThere(work, { signal, isFinal, onFailure: (error, attempt) => log.warn({ event: 'engines.waiting', name, count: attempt, error }) });
    const installation = await waitFor('mongodb', () => sharedInstallation(installationRows(durable), config.environment, clock()));
    const keys: Partial<KeyStores> = await waitFor('mongodb', () => openSecrets(durable, (held.keks ?? {}) as EncodedKeks));
    await waitFor('eventstoredb', () => answers(store));
    const bus = await openKafkaBus({ kafka, service, seal: new Seal(busKeysOf(held)), onTrouble: (what, error) => log.warn({ event: 'bus.trouble', name: what, error }) });
    bus.onParked(({ topic, reason }) => log.warn({ event: 'bus.parked', name: topic, reason }));
    const sweeping = setInterval(() => [collections, durable].forEach((one) => void one.sweep().catch((error: unknown) => log.warn({ event: 'collections.sweep-failed', error }))), SWEEP_MS);
    sweeping.unref();
    return {
      store,
      bus,
      collections,
      durable,
      keys,
      installation,
      reached: { kafka: () => bus.ready, mongodb: () => collections.connected && durable.connected },
      // The bus is left first: what it has handed over still needs the others.
      async close(graceMs) {
        clearInterval(sweeping);
        await bus.close(graceMs);
        await closing.run();
      },
    };
  });

/** Every key, for who makes or moves an installation. */
export const holdingAll = ({ keks, busKeys }: InstallationKeys): Held => ({ keks, busKeys: { lookups: [busKeys.lookups], connections: [busKeys.connections], settling: [busKeys.settling] } });

export const busKeysOf = ({ busKeys }: Pick<Held, 'busKeys'>): BusKeys =>
  Object.fromEntries(Object.entries(busKeys).map(([family, keys]) => [family, keys.map((key) => Buffer.from(key, 'base64'))]));
