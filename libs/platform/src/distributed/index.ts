export { openDistributed, type DistributedOptions, type Held } from './open.js';
export { kafkaSettingsOf } from './kafka-settings.js';
