import { readFileSync } from 'node:fs';
import type { KafkaSettings } from '../bus/kafka/index.js';
import { ConfigError, type KafkaConfig } from '../config/index.js';

/** Errors: `ConfigError` for a file of authorities that cannot be read. */
export function kafkaSettingsOf({ kafkaBrokers, kafkaTls, kafkaCa, kafkaUser, kafkaPassword }: KafkaConfig, clientId: string): KafkaSettings {
  return {
    brokers: kafkaBrokers,
    clientId,
    ...(kafkaTls ? { tls: kafkaCa === undefined ? {} : { ca: authorities(kafkaCa) } } : {}),
    ...(kafkaUser !== undefined && kafkaPassword !== undefined ? { sasl: { username: kafkaUser, password: kafkaPassword } } : {}),
  };
}

function authorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`GERES_KAFKA_CA: il file ${file} non si legge (${(error as NodeJS.ErrnoException).code ?? 'errore'})`);
  }
}
