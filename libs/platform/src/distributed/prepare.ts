import { createTopics, grantAccess, topicsOf, type BusService } from '../bus/kafka/index.js';
import type { StorageConfig, TopicConfig } from '../config/index.js';
import type { Clock, Installation } from '../installation.js';
import { sharedInstallation } from '../service/installation.js';
import { kafkaSettingsOf } from './kafka-settings.js';
import { answers, installationRows, openStorage } from './storage.js';

const CLIENT = 'geres-motori';

/** Makes the topics that are not there, and lets each service do what it needs and no more, by the name of its user. Resolves to the topics that were made. Errors: `WrongPartitions`, before anything is changed. */
export async function prepareTopics(config: TopicConfig, users: Readonly<Partial<Record<BusService, string>>>): Promise<readonly string[]> {
  const kafka = kafkaSettingsOf(config, CLIENT);
  const made = await createTopics(kafka, topicsOf(config.partitions), { replicas: config.replicas });
  if (Object.keys(users).length > 0) await grantAccess(kafka, users);
  return made;
}

/** Makes the installation on its engines, or finds it there: its environment is fixed from then on. Errors: `WrongInstallation`; `StoreUnavailable` for an engine that does not answer. */
export async function prepareInstallation(config: StorageConfig, clock: Clock): Promise<Installation> {
  const { store, durable, close } = await openStorage(config);
  try {
    await answers(store);
    return await sharedInstallation(installationRows(durable), config.environment, clock());
  } finally {
    await close();
  }
}
