export { WrongPartitions, type BusService } from '../bus/kafka/index.js';
export { holdingAll, openDistributed, type DistributedEngines, type DistributedOptions, type Held } from './open.js';
export { prepareInstallation, prepareTopics } from './prepare.js';
export { installationOn, openSecrets, openStorage, renewalOf, type EncodedKeks, type Renewal, type Storage } from './storage.js';
