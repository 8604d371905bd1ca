import { createTopics, grantAccess, topicsOf, type BusService } from '../bus/kafka/index.js';
import { openMongoCollections } from '../collections/mongo/index.js';
import type { EngineConfig, TopicConfig } from '../config/index.js';
import { openEventStoreDb } from '../event-store/eventstoredb/index.js';
import type { Clock, Installation } from '../installation.js';
import { sharedInstallation, type InstallationRow } from '../service/installation.js';
import { kafkaSettingsOf } from './kafka-settings.js';

/** What a restore drops and what it must not are told apart by the names of their collections. */
export const DURABLE = 'durable_';

const CLIENT = 'geres-motori';

/** Makes the topics that are not there, and lets each service do what it needs and no more, by the name of its user. Resolves to the topics that were made. Errors: `WrongPartitions`, before anything is changed. */
export async function prepareTopics(config: TopicConfig, users: Readonly<Partial<Record<BusService, string>>>): Promise<readonly string[]> {
  const kafka = kafkaSettingsOf(config, CLIENT);
  const made = await createTopics(kafka, topicsOf(config.partitions), { replicas: config.replicas });
  if (Object.keys(users).length > 0) await grantAccess(kafka, users);
  return made;
}

/** Makes the installation on its engines, or finds it there: its environment is fixed from then on. Errors: `WrongInstallation`; `StoreUnavailable` for an engine that does not answer. */
export async function prepareInstallation({ environment, eventStoreUrl, mongodbUrl }: EngineConfig, clock: Clock): Promise<Installation> {
  const durable = await openMongoCollections({ url: mongodbUrl, prefix: DURABLE });
  const store = await openEventStoreDb({ connectionString: eventStoreUrl, instance: CLIENT });
  try {
    for await (const _ of store.read('installazione')) break;
    return await sharedInstallation(durable.collection<InstallationRow>({ name: 'installation' }), environment, clock());
  } finally {
    await Promise.all([durable.close(), store.close()]);
  }
}
