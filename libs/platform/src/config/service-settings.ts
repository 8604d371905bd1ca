import { z } from 'zod';
import { LOG_LEVELS } from '../log/index.js';
import { Kek, Proxies } from './standalone-settings.js';
import { ConfigError, flag, integer, setting, type Config, type Settings } from './settings.js';

const list = (schema: z.ZodString | z.ZodType<string>) =>
  z.preprocess((given) => (typeof given === 'string' ? given.split(',').map((one) => one.trim()) : given), z.array(schema));
const Broker = z.string().regex(/^[^\s:]+:\d{1,5}$/, 'host:porta, separati da virgole');

/** How Kafka is reached. */
export const kafkaSettings = {
  kafkaBrokers: setting('GERES_KAFKA', list(Broker), 'Kafka: indirizzi dei broker, host:porta, separati da virgole'),
  kafkaTls: setting('GERES_KAFKA_TLS', flag.default(false), 'Kafka con TLS: true o false', { default: 'false' }),
  kafkaCa: setting('GERES_KAFKA_CA', z.string().min(1).optional(), 'Kafka: file PEM delle autorità di certificazione, se non sono quelle pubbliche'),
  kafkaUser: setting('GERES_KAFKA_USER', z.string().min(1).optional(), 'Kafka: utente (SASL SCRAM-SHA-512)'),
  kafkaPassword: setting('GERES_KAFKA_PASSWORD', z.string().min(1).optional(), 'Kafka: password', { secret: true }),
} satisfies Settings;

/** How topics are made: once, before the services. */
export const topicSettings = {
  ...kafkaSettings,
  partitions: setting('GERES_KAFKA_PARTITIONS', integer(1, 1000).default(16), 'partizioni dei comandi, fra cui si dividono i Comuni: almeno quanti connettori ci saranno mai; non cambia più', { default: '16' }),
  replicas: setting('GERES_KAFKA_REPLICAS', integer(1, 7).default(3), 'copie di ogni messaggio', { default: '3' }),
} satisfies Settings;

/** Where an installation keeps what it must not lose. */
export const storageSettings = {
  environment: setting('GERES_ENVIRONMENT', z.enum(['test', 'produzione']), 'ambiente dell’installazione, fissato al primo avvio: test o produzione'),
  eventStoreUrl: setting('GERES_EVENTSTORE_URL', z.string().regex(/^esdb(?:\+discover)?:\/\//, 'esdb://… o esdb+discover://…'), 'EventStoreDB: stringa di connessione, con le credenziali', { secret: true }),
  mongodbUrl: setting('GERES_MONGODB_URL', z.string().regex(/^mongodb(?:\+srv)?:\/\//, 'mongodb://…'), 'MongoDB: stringa di connessione, con le credenziali e il nome della base di dati', { secret: true }),
} satisfies Settings;

/** Which engines an installation has. */
export const engineSettings = { ...storageSettings, ...kafkaSettings } satisfies Settings;

/** What a service of the distributed form is told about itself and about the engines. */
export const serviceSettings = {
  ...engineSettings,
  host: setting('GERES_HOST', z.string().min(1).default('0.0.0.0'), 'indirizzo su cui ascoltare', { default: '0.0.0.0' }),
  port: setting('GERES_PORT', integer(0, 65_535).default(8080), 'porta; 0: una libera', { default: '8080' }),
  metricsPort: setting('GERES_METRICS_PORT', integer(0, 65_535).default(9090), 'porta di /metrics e delle sonde; 0: una libera', { default: '9090' }),
  publicUrl: setting('GERES_PUBLIC_URL', z.url({ protocol: /^https?$/, error: 'un indirizzo http o https' }), 'indirizzo con cui GeRes è raggiunto da fuori'),
  jwksUrl: setting('GERES_JWKS_URL', z.url({ protocol: /^https?$/, error: 'un indirizzo http o https' }).optional(), 'indirizzo da cui questo servizio legge le chiavi pubbliche di chi rilascia i token, se non è quello pubblico (http://admin:8080/oidc/<ambiente>/jwks)'),
  logLevel: setting('GERES_LOG_LEVEL', z.enum(LOG_LEVELS).default('info'), `livello dei log: ${LOG_LEVELS.join(', ')}`, { default: 'info' }),
  bodyLimit: setting('GERES_BODY_LIMIT', integer(1024, 1_048_576).default(65_536), 'byte al più nel corpo di una richiesta', { default: '65536' }),
  rateLimit: setting('GERES_RATE_LIMIT', integer(1, 10_000_000).default(600_000), 'richieste al minuto accettate da un indirizzo', { default: '600000' }),
  trustProxy: setting('GERES_TRUST_PROXY', Proxies, 'indirizzi o reti dei propri proxy, separati da virgole: solo da loro si crede a X-Forwarded-For; false: da nessuno', { default: 'false' }),
  graceSeconds: setting('GERES_GRACE', integer(1, 300).default(25), 'secondi per finire ciò che è in corso quando il servizio si ferma', { default: '25' }),
  simulatorHosts: setting('GERES_SIMULATOR_HOSTS', list(z.string().regex(/^[a-z0-9.-]+$/i)).default([]), 'ambiente test: nomi con cui il simulatore di ANPR è raggiunto, oltre a questa macchina, separati da virgole'),
} satisfies Settings;

/** The first seals, all open: a key is turned over with no message lost. */
const BusKeyList = list(Kek.unwrap()).refine((keys) => keys.length > 0 && new Set(keys).size === keys.length, 'chiavi di 32 byte in base64, diverse fra loro, separate da virgole');
const busKey = (family: string, what: string) =>
  setting(`GERES_BUS_KEY_${family}`, BusKeyList, `chiave dei messaggi ${what}, 32 byte in base64; più d’una, separate da virgole, durante una sostituzione: la prima sigilla, tutte aprono`, { secret: true });
const kek = (custody: string, what: string) => setting(`GERES_KEK_${custody}`, Kek.unwrap(), `chiave di cifratura ${what}, 32 byte in base64`, { secret: true });

/** What each service may hold: the keys of its own custody and no other (design: custody). */
export const busKeys = {
  lookups: busKey('LOOKUPS', 'delle richieste e delle risposte (gateway, connettore)'),
  connections: busKey('CONNECTIONS', 'delle connessioni (amministrazione, connettore)'),
  settling: busKey('SETTLING', 'della chiusura delle richieste sospese (monitoraggio, connettore)'),
} satisfies Settings;

export const keks = {
  archive: kek('ARCHIVE', 'dei segreti dell’archivio'),
  connector: kek('CONNECTOR', 'dei segreti del connettore'),
  certificates: kek('CERTIFICATES', 'delle chiavi dei certificati ANPR'),
  admin: kek('ADMIN', 'dei segreti dell’amministrazione'),
} satisfies Settings;

const nextKek = (custody: string, what: string) => setting(`GERES_KEK_${custody}_NUOVA`, Kek, `chiave che prende il posto di GERES_KEK_${custody} (${what}), 32 byte in base64`, { secret: true });

/** For the change of a key-encryption key: the one that is, where a new one is given. */
export const keksInTurn = {
  archive: { ...keks.archive, schema: Kek },
  connector: { ...keks.connector, schema: Kek },
  certificates: { ...keks.certificates, schema: Kek },
  admin: { ...keks.admin, schema: Kek },
  nextArchive: nextKek('ARCHIVE', 'archivio'),
  nextConnector: nextKek('CONNECTOR', 'connettore'),
  nextCertificates: nextKek('CERTIFICATES', 'certificati ANPR'),
  nextAdmin: nextKek('ADMIN', 'amministrazione'),
} satisfies Settings;

export interface KekInTurn {
  readonly from: string;
  readonly to: string;
}

/** The keys that change, by custody. Errors: `ConfigError` where none does, or one has nothing to take the place of. */
export function keksToTurn(config: Config<typeof keksInTurn>): Readonly<Partial<Record<keyof typeof keks, KekInTurn>>> {
  const { archive, connector, certificates, admin, nextArchive, nextConnector, nextCertificates, nextAdmin } = config;
  const given = { archive: [archive, nextArchive], connector: [connector, nextConnector], certificates: [certificates, nextCertificates], admin: [admin, nextAdmin] } as const;
  const turning = Object.entries(given).filter(([, [, to]]) => to !== undefined);
  if (turning.length === 0) throw new ConfigError('indicare almeno una chiave nuova: GERES_KEK_ARCHIVE_NUOVA, GERES_KEK_CONNECTOR_NUOVA, GERES_KEK_CERTIFICATES_NUOVA, GERES_KEK_ADMIN_NUOVA');
  return Object.fromEntries(
    turning.map(([custody, [from, to]]) => {
      const variable = keks[custody as keyof typeof keks].env;
      if (from === undefined) throw new ConfigError(`${variable}: manca la chiave con cui i segreti sono protetti ora`);
      if (from === to) throw new ConfigError(`${variable}_NUOVA: è la chiave che c’è già`);
      return [custody, { from, to: to! }];
    }),
  );
}

export type KafkaConfig = Config<typeof kafkaSettings>;
export type TopicConfig = Config<typeof topicSettings>;
export type StorageConfig = Config<typeof storageSettings>;
export type EngineConfig = Config<typeof engineSettings>;
export type ServiceConfig = Config<typeof serviceSettings>;

/** What one setting alone cannot tell. Errors: `ConfigError`. */
export function checkKafka<C extends KafkaConfig>(config: C): C {
  if ((config.kafkaUser === undefined) !== (config.kafkaPassword === undefined)) throw new ConfigError('GERES_KAFKA_USER e GERES_KAFKA_PASSWORD si danno insieme');
  if (config.kafkaCa !== undefined && !config.kafkaTls) throw new ConfigError('GERES_KAFKA_CA serve solo con GERES_KAFKA_TLS=true');
  return config;
}

/** Errors: `ConfigError`. */
export function checkService<C extends ServiceConfig>(config: C): C {
  checkKafka(config);
  if (config.environment === 'produzione' && config.simulatorHosts.length > 0) throw new ConfigError('GERES_SIMULATOR_HOSTS: in ambiente produzione non c’è un simulatore');
  return config;
}
