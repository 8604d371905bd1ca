import { hostname } from 'node:os';
import { openKafkaBus, Seal, type BusKeys, type Family } from '../bus/kafka/index.js';
import { openMongoCollections } from '../collections/mongo/index.js';
import type { ServiceConfig } from '../config/index.js';
import { WrongInstallation } from '../embedded/installation-file.js';
import { openEventStoreDb } from '../event-store/eventstoredb/index.js';
import type { Clock } from '../installation.js';
import { keyEncryptionKey, keyStores, WrongKeyEncryptionKey, type KeyEncryptionKey, type KeyStores } from '../keys/index.js';
import type { Log } from '../log/index.js';
import { Closing } from '../service/closing.js';
import type { Engines } from '../service/engines.js';
import { sharedInstallation, type InstallationRow } from '../service/installation.js';
import { untilThere } from '../service/until-there.js';
import { kafkaSettingsOf } from './kafka-settings.js';
import { DURABLE } from './prepare.js';

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
export async function openDistributed({ service, config, held, clock, log, signal }: DistributedOptions): Promise<DistributedEngines> {
  const kafka = kafkaSettingsOf(config, `geres-${service}`);
  const closing = new Closing();
  try {
    const url = config.mongodbUrl;
    const collections = await openMongoCollections({ url });
    closing.add(() => collections.close());
    const durable = await openMongoCollections({ url, prefix: DURABLE });
    closing.add(() => durable.close());
    const store = await openEventStoreDb({ connectionString: config.eventStoreUrl, instance: `${service}-${hostname()}-${process.pid}`.replaceAll(/[^\w.-]/g, '-').slice(0, 100) });
    closing.add(() => store.close());
    const onFailure = (name: string) => (error: unknown, attempt: number) => log.warn({ event: 'engines.waiting', name, count: attempt, error });
    const isFinal = (error: unknown): boolean => error instanceof WrongInstallation || error instanceof WrongKeyEncryptionKey;
    const installations = durable.collection<InstallationRow>({ name: 'installation' });
    const installation = await untilThere(() => sharedInstallation(installations, config.environment, clock()), { signal, isFinal, onFailure: onFailure('mongodb') });
    const keks = Object.fromEntries(Object.entries(held.keks ?? {}).map(([custody, key]) => [custody, keyEncryptionKey(Buffer.from(key, 'base64'))]));
    const keys: Partial<KeyStores> = keyStores(durable, keks as Record<keyof KeyStores, KeyEncryptionKey>);
    for (const custody of Object.values(keys)) await untilThere(() => custody.check(), { signal, isFinal, onFailure: onFailure('mongodb') });
    await untilThere(() => firstPage(store), { signal, onFailure: onFailure('eventstoredb') });
    const bus = await openKafkaBus({ kafka, service, seal: new Seal(busKeysOf(held)), onTrouble: (what, error) => log.warn({ event: 'bus.trouble', name: what, error }) });
    bus.onParked(({ topic, reason }) => log.warn({ event: 'bus.parked', name: topic, reason }));
    // Closed last of all that was opened before it is closed: the bus is left first.
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
      async close(graceMs) {
        clearInterval(sweeping);
        await bus.close(graceMs);
        await closing.run();
      },
    };
  } catch (error) {
    await closing.run().catch(() => undefined);
    throw error;
  }
}

export const busKeysOf = ({ busKeys }: Pick<Held, 'busKeys'>): BusKeys =>
  Object.fromEntries(Object.entries(busKeys).map(([family, keys]) => [family, keys.map((key) => Buffer.from(key, 'base64'))]));

/** Whether the store answers at all. */
async function firstPage(store: Engines['store']): Promise<void> {
  for await (const _ of store.read('comune-')) return;
}
