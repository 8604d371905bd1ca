export type { KafkaSettings, OnTrouble } from './client.js';
export { openKafkaBus, type KafkaBus, type KafkaBusOptions } from './kafka-bus.js';
export { partitionsOf } from './partition.js';
export { MessageNotOpened, Seal, type BusKeys, type Family } from './seal.js';
export { aclsOf, createTopics, grantAccess, topicsOf, WrongPartitions, type BusService, type Topic } from './topics.js';
