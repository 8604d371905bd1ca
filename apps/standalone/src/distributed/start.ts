import { noDevice, openCustody } from '@geres/anpr/connector';
import type { Clock } from '@geres/platform';
import { checkService, environmentOfCustody, keyOptionsOf, loadConfig, serviceSettings, type InstallationKeys, type ServiceConfig, type ServiceName, type StandaloneConfig } from '@geres/platform/config';
import { holdingAll, openDistributed, prepareInstallation, prepareTopics } from '@geres/platform/distributed';
import { loadKeyEncryptionKeys, type KeyEncryptionKeys, type KeyStores } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { opening, type Closing } from '@geres/platform/service';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { prepareDemo } from '../demo.js';
import type { Demo } from '../facts.js';
import { freePort } from '../ports.js';
import { startSimulator } from '../simulator.js';
import { busKeysIn, type BusKeys } from './bus-keys.js';
import { startEngines, type GivenEngines } from './engines.js';
import { openFront } from './front.js';
import { startService, type RunningService } from './services.js';

export interface DistributedStart {
  /** Its environment is `test`. */
  readonly config: StandaloneConfig;
  readonly engines: GivenEngines;
  /** How many of each there are, besides one of the others. */
  readonly gateways?: number;
  readonly connectors?: number;
  readonly onProgress: (step: string) => void;
  /** Something that is needed has ended by itself. */
  readonly onEnd: (name: string) => void;
}

export interface DistributedStarted {
  readonly baseUrl: string;
  readonly folder: string;
  readonly demo: Demo;
  readonly keysMadeAt?: string;
  readonly keysCompletedAt?: string;
  /** Engines that only stand in for the real one. */
  readonly standIns: readonly string[];
  readonly services: readonly RunningService[];
  stop(): Promise<void>;
}

/** Enough for the connectors of one machine: the number never changes. */
const PARTITIONS = 8;

/** The distributed form on one machine: engines, topics, a process per service, the simulator, one origin in front. What was started is stopped again when a step fails. */
export const startDistributed = (options: DistributedStart): Promise<DistributedStarted> => opening((closing) => start(options, closing));

async function start({ config, engines: given, gateways = 2, connectors = 2, onProgress, onEnd }: DistributedStart, closing: Closing): Promise<DistributedStarted> {
  const clock: Clock = () => new Date();
  const folder = resolve(config.data);
  const port = await freePort({ host: config.host, port: config.port, settings: { host: 'GERES_HOST', port: 'GERES_PORT' } });
  const publicUrl = config.publicUrl ?? `http://localhost:${port}`;
  // PostgreSQL does not run as root: the user that it runs as then finds its way through, and no further.
  await mkdir(folder, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const keks = await loadKeyEncryptionKeys(keyOptionsOf(config));
  const keys = keysOf(keks, await busKeysIn(join(folder, 'bus.json')));

  onProgress('avvio i motori (la prima volta qualche minuto)');
  const engines = await startEngines(join(folder, 'motori'), given, onEnd);
  closing.add(() => engines.stop());
  const env = environmentOf({ config, publicUrl, addresses: engines.addresses });
  const settings = checkService(loadConfig(serviceSettings, { env }));

  onProgress('preparo topic e installazione');
  await prepareTopics({ ...settings, partitions: PARTITIONS, replicas: 1 }, {});
  await prepareInstallation(settings, clock);

  onProgress('avvio il simulatore di ANPR');
  const simulator = await startSimulator(config.simulatorPort, join(folder, 'simulatore'), () => onEnd('il simulatore di ANPR'));
  closing.add(simulator.stop);

  onProgress(`avvio i servizi: ${gateways} gateway, ${connectors} connettori, amministrazione, monitoraggio`);
  const run = async (service: ServiceName, name: string, more: Readonly<Record<string, string>>): Promise<RunningService> => {
    const started = await startService({ service, name, env: { ...env, ...more, ...environmentOfCustody(service, keys) }, onEnd });
    closing.add(started.stop);
    return started;
  };
  const admin = await run('admin', 'amministrazione', {});
  const jwks = { GERES_JWKS_URL: `http://127.0.0.1:${admin.port}/oidc/${config.environment}/jwks` };
  const several = (service: 'gateway' | 'connector', count: number): Promise<readonly RunningService[]> => Promise.all(Array.from({ length: count }, (_, index) => run(service, `${service} ${index + 1}`, jwks)));
  const [front, behind, monitoring] = await Promise.all([several('gateway', gateways), several('connector', connectors), run('monitoring', 'monitoraggio', jwks)]);
  const origin = await openFront({ gateways: front.map((one) => one.port), admin: admin.port, monitoring: monitoring.port }, { host: config.host, port });
  closing.add(() => origin.close());

  onProgress('preparo i dati dimostrativi');
  const demo = await seed({ settings, keys, clock, publicUrl, folder, simulator: simulator.url });
  return {
    baseUrl: publicUrl,
    folder,
    demo,
    ...(keks.madeAt === undefined ? {} : { keysMadeAt: keks.madeAt }),
    ...(keks.completedAt === undefined ? {} : { keysCompletedAt: keks.completedAt }),
    standIns: engines.standIns,
    services: [...front, ...behind, admin, monitoring],
    stop: () => closing.run(),
  };
}

interface Surroundings {
  readonly config: StandaloneConfig;
  readonly publicUrl: string;
  readonly addresses: Readonly<Record<'eventstoredb' | 'kafka' | 'mongodb', string>>;
}

const environmentOf = ({ config, publicUrl, addresses }: Surroundings): Readonly<Record<string, string>> => ({
  GERES_ENVIRONMENT: config.environment,
  GERES_HOST: '127.0.0.1',
  GERES_PORT: '0',
  GERES_METRICS_PORT: '0',
  GERES_PUBLIC_URL: publicUrl,
  GERES_EVENTSTORE_URL: addresses.eventstoredb,
  GERES_KAFKA: addresses.kafka,
  GERES_MONGODB_URL: addresses.mongodb,
  GERES_LOG_LEVEL: config.logLevel,
  GERES_BODY_LIMIT: String(config.bodyLimit),
  GERES_RATE_LIMIT: String(config.rateLimit),
  // The front is on this machine, and forwards for everybody.
  GERES_TRUST_PROXY: 'loopback',
});

const keysOf = (keks: KeyEncryptionKeys, busKeys: BusKeys): InstallationKeys => {
  const of = (custody: keyof KeyStores): string => keks[custody].key.toString('base64');
  return { keks: { archive: of('archive'), connector: of('connector'), certificates: of('certificates'), admin: of('admin') }, busKeys };
};

interface Seeding {
  readonly settings: ServiceConfig;
  readonly keys: InstallationKeys;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly folder: string;
  readonly simulator: string;
}

/** The same people, offices and connections as in the embedded form, written by this process: in `test` it holds every key. */
async function seed({ settings, keys: held, clock, publicUrl, folder, simulator }: Seeding): Promise<Demo> {
  const engines = await openDistributed({ service: 'demo', config: settings, held: holdingAll(held), clock, log: createLog({ level: 'warn' }), signal: new AbortController().signal });
  try {
    const keys = engines.keys as KeyStores;
    return await prepareDemo({ engines: { ...engines, keys }, clock, publicUrl, folder, simulator, custody: openCustody({ secrets: keys.certificates, device: noDevice }) });
  } finally {
    await engines.close(0);
  }
}
