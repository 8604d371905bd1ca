import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import type { KeyOptions } from '../keys/index.js';
import { LOG_LEVELS } from '../log/index.js';
import { pkcs11Of, pkcs11Settings } from './pkcs11-settings.js';
import { ConfigError, flag, integer, setting, type Config } from './settings.js';

/** Addresses of the proxies in front, whose `X-Forwarded-For` is believed. Never everybody's: the network of the caller is a check of every lookup. */
export const Proxies = z.preprocess(
  (given) => (given === undefined || given === false || given === 'false' ? [] : typeof given === 'string' ? given.split(',').map((address) => address.trim()) : given),
  z.array(z.string().refine(isNetwork, 'indirizzi IP o reti (10.0.0.0/8) dei propri proxy, o loopback, separati da virgole')),
);

function isNetwork(text: string): boolean {
  if (text === 'loopback') return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (family === 4 ? 32 : 128)));
}

export const Kek = z.string().regex(/^[A-Za-z0-9+/]{43}=$/, '32 byte in base64').optional();

/** Settings of `apps/standalone`. */
export const standaloneSettings = {
  environment: setting('GERES_ENVIRONMENT', z.enum(['test', 'produzione']).default('test'), 'ambiente dell’installazione, fissato al primo avvio: test o produzione', { default: 'test' }),
  data: setting('GERES_DATA', z.string().min(1).default('.geres'), 'cartella dei dati', { default: '.geres' }),
  host: setting('GERES_HOST', z.string().min(1).default('127.0.0.1'), 'indirizzo su cui ascoltare', { default: '127.0.0.1' }),
  port: setting('GERES_PORT', integer(0, 65_535).default(8080), 'porta; 0: una libera', { default: '8080' }),
  publicUrl: setting('GERES_PUBLIC_URL', z.url({ protocol: /^https?$/, error: 'un indirizzo http o https' }).optional(), 'indirizzo con cui GeRes è raggiunto da fuori; se manca, http://localhost:porta'),
  simulatorPort: setting('GERES_SIMULATOR_PORT', integer(0, 65_535).default(8081), 'porta del simulatore di ANPR (ambiente test); 0: una libera', { default: '8081' }),
  allowNetwork: setting('GERES_ALLOW_NETWORK', flag.default(false), 'in ambiente test, consente di ascoltare oltre questa macchina: true o false', { default: 'false' }),
  keysFile: setting('GERES_KEYS_FILE', z.string().min(1).optional(), 'file delle chiavi di cifratura delle chiavi, fuori dalla cartella dei dati; se manca, <cartella dei dati>.keys'),
  kekArchive: setting('GERES_KEK_ARCHIVE', Kek, 'chiave di cifratura dei segreti dell’archivio, 32 byte in base64', { secret: true }),
  kekConnector: setting('GERES_KEK_CONNECTOR', Kek, 'chiave di cifratura dei segreti del connettore, 32 byte in base64', { secret: true }),
  kekCertificates: setting('GERES_KEK_CERTIFICATES', Kek, 'chiave di cifratura delle chiavi e dei certificati con cui si accede ad ANPR, 32 byte in base64', { secret: true }),
  kekAdmin: setting('GERES_KEK_ADMIN', Kek, 'chiave di cifratura dei segreti dell’amministrazione, 32 byte in base64', { secret: true }),
  ...pkcs11Settings,
  logLevel: setting('GERES_LOG_LEVEL', z.enum(LOG_LEVELS).default('info'), `livello dei log: ${LOG_LEVELS.join(', ')}`, { default: 'info' }),
  bodyLimit: setting('GERES_BODY_LIMIT', integer(1024, 1_048_576).default(65_536), 'byte al più nel corpo di una richiesta', { default: '65536' }),
  rateLimit: setting('GERES_RATE_LIMIT', integer(1, 10_000_000).default(600_000), 'richieste al minuto accettate da un indirizzo', { default: '600000' }),
  trustProxy: setting('GERES_TRUST_PROXY', Proxies, 'indirizzi o reti dei propri proxy, separati da virgole: solo da loro si crede a X-Forwarded-For; false: da nessuno', { default: 'false' }),
  metricsToNetwork: setting('GERES_METRICS_TO_NETWORK', flag.default(false), 'mostra /metrics anche fuori da questa macchina: true o false', { default: 'false' }),
};

export type StandaloneConfig = Config<typeof standaloneSettings>;

/** Where an installation's key-encryption keys come from: for `loadKeyEncryptionKeys`. */
export const keyOptionsOf = ({ data, keysFile, kekArchive, kekConnector, kekCertificates, kekAdmin }: Pick<StandaloneConfig, 'data' | 'keysFile' | 'kekArchive' | 'kekConnector' | 'kekCertificates' | 'kekAdmin'>): KeyOptions => ({
  env: { GERES_KEK_ARCHIVE: kekArchive, GERES_KEK_CONNECTOR: kekConnector, GERES_KEK_CERTIFICATES: kekCertificates, GERES_KEK_ADMIN: kekAdmin },
  dataFolder: resolve(data),
  file: keysFile,
});

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/** What one setting alone cannot tell. Errors: `ConfigError`. */
export function checkStandalone(config: StandaloneConfig): StandaloneConfig {
  if (config.environment === 'test' && !config.allowNetwork && !LOOPBACK.test(config.host)) {
    throw new ConfigError(`GERES_HOST = ${JSON.stringify(config.host)}: in ambiente test si ascolta solo su questa macchina, salvo GERES_ALLOW_NETWORK=true`);
  }
  if (config.environment === 'test' && config.port !== 0 && config.port === config.simulatorPort) {
    throw new ConfigError(`GERES_SIMULATOR_PORT = "${config.simulatorPort}": è la porta di GeRes (GERES_PORT)`);
  }
  pkcs11Of(config);
  return config;
}
