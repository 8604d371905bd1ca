import { OidcSecrets } from '@geres/identity';
import { checkService, environmentOfCustody, loadConfig, serviceSettings, type ServiceConfig, type ServiceName } from '@geres/platform/config';
import { holdingAll, openDistributed, prepareInstallation, prepareTopics, type DistributedEngines } from '@geres/platform/distributed';
import type { KeyStores } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startSimulator, type SimulatorProcess } from '../crash/process.js';
import { seeded } from '../crash/random.js';
import { populate, type Quotas } from '../crash/world.js';
import { temporaryFolder } from '../installation.js';
import { Callers } from './callers.js';
import { Engines } from './engines.js';
import { newKeys } from './keys.js';
import { freePorts } from './ports.js';
import { startProxy, type Proxy } from './proxy.js';
import { startService, type Ended, type Service } from './service.js';
import { tokenFor } from './tokens.js';

/** So many that every connector has some of them; the first has an Ente with few requests a minute, too. */
const COMUNI = ['H501', 'A944', 'F205', 'L219', 'D612', 'G273'];
const SCARCE: Quotas = { userPerMinute: 5, userPerDay: 60, conventionPerDay: 100, callsPerDay: 100_000 };
const PARTITIONS = 8;
const NAMES: readonly (readonly [string, ServiceName])[] = [
  ['amministrazione', 'admin'],
  ['gateway 1', 'gateway'],
  ['gateway 2', 'gateway'],
  ['connettore 1', 'connector'],
  ['connettore 2', 'connector'],
  ['monitoraggio', 'monitoring'],
];

interface Place {
  readonly service: ServiceName;
  readonly port: number;
  readonly metricsPort: number;
}

/** An installation of the distributed form: a process a service, engines of its own, a network that can be cut, the simulator, callers. */
export class Installation {
  readonly services = new Map<string, Service>();
  private readonly places = new Map<string, Place>();
  readonly keys = newKeys();
  simulator!: SimulatorProcess;
  callers!: Callers;
  quotas!: ReadonlyMap<string, Quotas>;
  /** What this process, which holds every key, has open on the engines. */
  own!: DistributedEngines;
  private config!: ServiceConfig;
  private readonly leaving = new AbortController();

  private constructor(
    readonly folder: string,
    readonly engines: Engines,
    /** Between the services and their engines. Kafka tells its clients where it is by itself. */
    readonly network: Readonly<Record<'eventstoredb' | 'mongodb', Proxy>>,
    private readonly publicUrl: string,
  ) {}

  /** Nothing of it runs. */
  static async make(): Promise<Installation> {
    const folder = await temporaryFolder();
    const engines = await Engines.at(join(folder, 'motori'));
    const network = { eventstoredb: await startProxy(engines.port('eventstoredb')), mongodb: await startProxy(engines.port('mongodb')) };
    const installation = new Installation(folder, engines, network, 'http://geres.prova.example');
    for (const [name, service] of NAMES) await installation.place(name, service);
    return installation;
  }

  /** The settings of a service, as `npm run start:distributed` gives them. */
  env(service: ServiceName): Readonly<Record<string, string>> {
    const { eventstoredb, mongodb } = this.network;
    return {
      ...this.addresses(eventstoredb.port, mongodb.port),
      GERES_JWKS_URL: `http://127.0.0.1:${this.places.get('amministrazione')!.port}/oidc/test/jwks`,
      ...environmentOfCustody(service, this.keys),
    };
  }

  private addresses(eventStore: number, mongodb: number): Readonly<Record<string, string>> {
    return {
      GERES_ENVIRONMENT: 'test',
      GERES_HOST: '127.0.0.1',
      GERES_PUBLIC_URL: this.publicUrl,
      GERES_EVENTSTORE_URL: `esdb://127.0.0.1:${eventStore}?tls=false`,
      GERES_KAFKA: `127.0.0.1:${this.engines.port('kafka')}`,
      GERES_MONGODB_URL: `mongodb://127.0.0.1:${mongodb}/geres`,
      GERES_LOG_LEVEL: 'warn',
    };
  }

  async place(name: string, service: ServiceName): Promise<void> {
    const [port, metricsPort] = (await freePorts(2)) as [number, number];
    this.places.set(name, { service, port, metricsPort });
  }

  /** Starts a service at its place; waits for nothing. */
  start(name: string, more: Readonly<Record<string, string>> = {}): Service {
    const place = this.places.get(name)!;
    const started = startService({ name, ...place, env: { ...this.env(place.service), ...more } });
    this.services.set(name, started);
    return started;
  }

  startAll(): readonly Service[] {
    return NAMES.map(([name]) => this.start(name));
  }

  service(name: string): Service {
    return this.services.get(name)!;
  }

  /** A service that is there no more and does not come again. */
  forget(name: string): void {
    this.services.delete(name);
  }

  /** Resolves when it has ended. */
  async end(name: string, signal: NodeJS.Signals): Promise<Ended> {
    const one = this.service(name);
    one.signal(signal);
    return one.ended;
  }

  async restart(name: string, signal: NodeJS.Signals): Promise<Ended> {
    const ended = await this.end(name, signal);
    await this.start(name).ready();
    return ended;
  }

  of(service: ServiceName): readonly Service[] {
    return [...this.services.values()].filter((one) => one.service === service);
  }

  /** Topics and installation, as the explicit commands make them; people, conventions and connections; tokens. Engines and administration must be there. */
  async populate(): Promise<void> {
    this.simulator = await startSimulator();
    this.config = checkService(loadConfig(serviceSettings, { env: this.addresses(this.engines.port('eventstoredb'), this.engines.port('mongodb')) }));
    const clock = (): Date => new Date();
    await prepareTopics({ ...this.config, partitions: PARTITIONS, replicas: 1 }, {});
    await prepareInstallation(this.config, clock);
    this.own = await openDistributed({ service: 'prova', config: this.config, held: holdingAll(this.keys), clock, log: createLog({ level: 'error' }), signal: this.leaving.signal });
    const keys = this.own.keys as KeyStores;
    const { askers, quotas } = await populate({ ...this.own, keys }, { simulator: this.simulator.url, comuni: COMUNI, scarce: SCARCE });
    this.quotas = quotas;
    const [key] = await new OidcSecrets(this.own.durable, keys.admin, clock).signing();
    const tokens = await Promise.all([...askers.values()].flat().map(async (asker) => ({ ...asker, token: await tokenFor(asker, { key: key!, publicUrl: this.publicUrl }) })));
    this.callers = new Callers({ askers: tokens, people: await this.simulator.people(200), gateways: () => this.of('gateway').map(({ origin }) => origin), random: seeded(2026) });
  }

  /** Resolves when all services are ready, and questions asked from now on are answered for every Comune over every gateway. */
  async works(): Promise<void> {
    await Promise.all([...this.services.values()].map((one) => one.ready()));
    this.callers.resume();
    await this.callers.answered(this.of('gateway').map(({ origin }) => origin));
  }

  /** Puts right whatever was broken: engines, network, services that are gone, asleep, or too many. */
  async mend(): Promise<void> {
    await this.engines.mend();
    for (const one of Object.values(this.network)) one.release();
    const known = new Set(NAMES.map(([name]) => name));
    for (const { name, isRunning } of this.services.values()) {
      if (isRunning) this.service(name).signal('SIGCONT');
      if (!known.has(name)) await this.end(name, 'SIGKILL').finally(() => this.forget(name));
      else if (!isRunning) this.start(name);
    }
    this.callers.resume();
  }

  /** Stops everything, whatever its state, and removes the folder. */
  async remove(): Promise<void> {
    for (const one of this.services.values()) one.signal('SIGKILL');
    await Promise.all([...this.services.values()].map(({ ended }) => ended));
    this.leaving.abort();
    await this.own?.close(0).catch(() => undefined);
    await Promise.all(Object.values(this.network).map((one) => one.close()));
    await Promise.all([this.engines.end(), this.simulator?.end()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}
