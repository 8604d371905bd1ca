import { demoToken, seedDemo } from '@geres/identity';
import { checkService, environmentOfCustody, loadConfig, serviceSettings, type InstallationKeys, type ServiceName } from '@geres/platform/config';
import { holdingAll, openDistributed, prepareInstallation, prepareTopics } from '@geres/platform/distributed';
import type { KeyStores } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { ownEngine, type EngineName, type OwnEngine } from '@geres/platform/testing/engines';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { newKeys } from '../distributed/keys.js';
import { freePorts } from '../distributed/ports.js';
import { startService, type Service } from '../distributed/service.js';
import { addMembers, type Asking, type Member } from './fleet.js';

/** Real servers in place of those that are started here. */
const GIVEN: Readonly<Record<EngineName, string>> = { eventstoredb: 'GERES_EVENTSTORE_URL', kafka: 'GERES_KAFKA', mongodb: 'GERES_MONGODB_URL' };
export const PARTITIONS = 8;
const GATEWAYS = 2;

export type Addresses = Readonly<Record<EngineName, string>>;

/** The distributed form on this machine, as `npm run start:distributed` has it, without the origin in front: callers go to the gateways in turn, as an ingress has them. */
export interface Form {
  readonly addresses: Addresses;
  /** Of the engines, those that were started here: none of them is what runs in production. */
  readonly ownEngines: readonly EngineName[];
  readonly asking: Asking;
  readonly gateways: readonly string[];
  /** One connector more; resolves when it is a member of its group and has its share of the Comuni. */
  addConnector(): Promise<void>;
  /** Questions towards ANPR at this moment, by connector, as their metrics tell. */
  inFlight(): Promise<readonly number[]>;
  stop(): Promise<void>;
}

/** Engines, topics, people and Comuni, and a process a service: one connector, until more are added. What was started is stopped again when a step fails. */
export async function startForm(folder: string, members: readonly Member[]): Promise<Form> {
  const stopping: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stopping.splice(0).reverse()) await one().catch(() => undefined);
  };
  try {
    return { ...(await start(folder, members, stopping)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(folder: string, members: readonly Member[], stopping: (() => Promise<unknown>)[]): Promise<Omit<Form, 'stop'>> {
  const { addresses, own } = await engines(join(folder, 'motori'), stopping);
  const ports = [...(await freePorts(2 * (GATEWAYS + 4)))];
  const [adminPort] = ports as [number];
  const env = {
    GERES_ENVIRONMENT: 'test',
    GERES_HOST: '127.0.0.1',
    GERES_PUBLIC_URL: `http://127.0.0.1:${adminPort}`,
    GERES_JWKS_URL: `http://127.0.0.1:${adminPort}/oidc/test/jwks`,
    GERES_EVENTSTORE_URL: addresses.eventstoredb,
    GERES_KAFKA: addresses.kafka,
    GERES_MONGODB_URL: addresses.mongodb,
    GERES_LOG_LEVEL: 'error',
  };
  const keys = newKeys();
  const asking = await populated(folder, env, keys, members);
  const run = async (name: string, service: ServiceName): Promise<Service & { readonly probes: string }> => {
    const [port, metricsPort] = ports.splice(0, 2) as [number, number];
    const one = startService({ name, service, port, metricsPort, env: { ...env, ...environmentOfCustody(service, keys) } });
    stopping.push(() => {
      one.signal('SIGTERM');
      return one.ended;
    });
    await one.ready();
    return Object.assign(one, { probes: `http://127.0.0.1:${metricsPort}` });
  };
  await run('amministrazione', 'admin');
  const connectors = [await run('connettore 1', 'connector')];
  const gateways = await Promise.all(Array.from({ length: GATEWAYS }, (_, index) => run(`gateway ${index + 1}`, 'gateway')));
  await run('monitoraggio', 'monitoring');
  return {
    addresses,
    ownEngines: own,
    asking,
    gateways: gateways.map(({ origin }) => origin),
    addConnector: async () => void connectors.push(await run(`connettore ${connectors.length + 1}`, 'connector')),
    inFlight: () => Promise.all(connectors.map(({ probes }) => inFlightOf(probes))),
  };
}

async function engines(folder: string, stopping: (() => Promise<unknown>)[]): Promise<{ readonly addresses: Addresses; readonly own: readonly EngineName[] }> {
  // PostgreSQL runs as a user of its own, who must find its way through.
  await mkdir(folder, { recursive: true });
  for (const one of [folder, join(folder, '..')]) await chmod(one, 0o711);
  const names = Object.keys(GIVEN) as EngineName[];
  const found = await Promise.all(names.map(async (name) => [name, process.env[GIVEN[name]] ?? (await started(name, join(folder, name), stopping)).address] as const));
  return { addresses: Object.fromEntries(found) as Record<EngineName, string>, own: names.filter((name) => !process.env[GIVEN[name]]) };
}

async function started(name: EngineName, folder: string, stopping: (() => Promise<unknown>)[]): Promise<OwnEngine> {
  const one = await ownEngine(name, folder);
  stopping.push(() => one.stop());
  return one;
}

/** Topics and installation, as the explicit commands make them; the demo's people, and the Comuni that are measured. */
async function populated(folder: string, env: Readonly<Record<string, string>>, held: InstallationKeys, members: readonly Member[]): Promise<Asking> {
  const config = checkService(loadConfig(serviceSettings, { env }));
  const clock = (): Date => new Date();
  await prepareTopics({ ...config, partitions: PARTITIONS, replicas: 1 }, {});
  await prepareInstallation(config, clock);
  const own = await openDistributed({ service: 'banco', config, held: holdingAll(held), clock, log: createLog({ level: 'error' }), signal: new AbortController().signal });
  try {
    const { store, durable } = own;
    const keys = own.keys as KeyStores;
    const of = { environment: 'test', store, keys: keys.admin, durable, clock, publicUrl: config.publicUrl } as const;
    const { motivi } = await seedDemo({ ...of, outFolder: join(folder, 'demo') });
    const asking = { token: await demoToken(of), motivi };
    await addMembers({ store, keys }, asking, members);
    return asking;
  } finally {
    await own.close(0);
  }
}

async function inFlightOf(probes: string): Promise<number> {
  const text = await (await fetch(`${probes}/metrics`)).text();
  return [...text.matchAll(/^geres_in_flight\{[^}]*\} (\d+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
}
