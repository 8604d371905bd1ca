import { seedConnections, GRANTS, type Grants } from '@geres/anpr';
import { demoToken, oidcPlugin, openIdentity, seedDemo, type Identity } from '@geres/identity';
import { MONITORING_RUNNING, type Running } from '@geres/monitoring';
import type { Clock } from '@geres/platform';
import { RIGHTS, type RightsState } from '@geres/platform/auth';
import { BusTransport } from '@geres/platform/bus';
import { ConfigError, type StandaloneConfig } from '@geres/platform/config';
import { openEmbedded, writeDurably, type Embedded } from '@geres/platform/embedded';
import { createHttpApp } from '@geres/platform/http';
import { loadKeyEncryptionKeys } from '@geres/platform/keys';
import { createLog, type Log } from '@geres/platform/log';
import { createMetrics, type Metrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { StandaloneModule } from './app.module.js';
import { openControl } from './control.js';
import type { Demo } from './facts.js';
import { startSimulator, type Simulator } from './simulator.js';

export interface Started {
  readonly baseUrl: string;
  readonly folder: string;
  /** Environment `test` alone. */
  readonly demo?: Demo;
  /** `produzione` alone, while there is no GESTORE: where and with which code to create the first one. */
  readonly firstStart?: { readonly url: string; readonly code: string };
  /** The file of key-encryption keys that was made now. */
  readonly keysMadeAt?: string;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly config: StandaloneConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told what is being done, in Italian. */
  readonly onProgress: (step: string) => void;
  /** The simulator has ended by itself. */
  readonly onSimulatorEnd: () => void;
}

/** What is undone at the end, last opened first. */
class Closing {
  private readonly steps: (() => Promise<unknown> | unknown)[] = [];

  add(step: () => Promise<unknown> | unknown): void {
    this.steps.unshift(step);
  }

  async run(): Promise<void> {
    for (const step of this.steps.splice(0)) await step();
  }
}

/** Starts everything in one process. What was opened is closed again when a step fails. */
export async function startGeres(options: StartOptions): Promise<Started> {
  const closing = new Closing();
  try {
    return await start(options, closing);
  } catch (error) {
    await closing.run();
    throw error;
  }
}

async function start({ config, env, onProgress, onSimulatorEnd }: StartOptions, closing: Closing): Promise<Started> {
  const clock: Clock = () => new Date();
  const folder = resolve(config.data);
  const log = createLog({ level: config.logLevel });
  const metrics = createMetrics();
  const stopping = new AbortController();

  onProgress(`apro la cartella dei dati ${folder}`);
  const keks = await loadKeyEncryptionKeys({ env, dataFolder: folder, file: config.keysFile });
  const embedded = await openEmbedded({ folder, environment: config.environment, keyEncryptionKeys: keks, clock });
  closing.add(() => embedded.close());
  closing.add(() => stopping.abort());
  const port = config.port === 0 ? await freePort(config.host) : config.port;
  const publicUrl = config.publicUrl ?? `http://${config.host === '127.0.0.1' ? 'localhost' : config.host}:${port}`;

  let simulator: Simulator | undefined;
  if (config.environment === 'test') {
    onProgress('avvio il simulatore di ANPR');
    simulator = await startSimulator(config.simulatorPort, onSimulatorEnd);
    closing.add(simulator.stop);
  }

  onProgress('avvio i servizi');
  const identity = openIdentity({
    store: embedded.store,
    collections: embedded.collections,
    keys: embedded.keys.admin,
    clock,
    environment: config.environment,
    incarnation: embedded.installation.incarnation,
    publicUrl: () => publicUrl,
    signal: stopping.signal,
    onFailure: (name, error) => log.error({ event: 'projection.failed', name, error }),
  });
  const { app, ready } = await serve({ config, embedded, identity, log, metrics, clock, publicUrl, stopping: stopping.signal });
  closing.add(() => app.close());
  await app.listen(port, config.host);
  await ready();
  const control = await openControl(folder, embedded);
  closing.add(() => control.close());

  const started = { baseUrl: publicUrl, folder, ...(keks.madeAt === undefined ? {} : { keysMadeAt: keks.madeAt }), stop: () => closing.run() };
  if (!simulator) {
    const code = await identity.setup.code();
    return { ...started, ...(code === undefined ? {} : { firstStart: { url: `${publicUrl}/oidc/produzione/primo-avvio`, code } }) };
  }
  onProgress('preparo i dati dimostrativi');
  const demo = await prepareDemo({ embedded, identity, clock, publicUrl, folder, simulator });
  return { ...started, demo };
}

interface Serving {
  readonly config: StandaloneConfig;
  readonly embedded: Embedded;
  readonly identity: Identity;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly stopping: AbortSignal;
}

async function serve({ config, embedded, identity, log, metrics, clock, publicUrl, stopping }: Serving): Promise<{ readonly app: NestFastifyApplication; readonly ready: () => Promise<void> }> {
  const follows: { readonly name: string; readonly fresh: () => boolean }[] = [];
  const module = StandaloneModule.forRoot({ embedded, clock, log, metrics, publicUrl, stopping }, identity, [{ name: 'archivio', ready: () => follows.length > 0 && follows.every(({ fresh }) => fresh()) }]);
  const app = await createHttpApp(module, {
    log,
    metrics,
    bodyLimit: config.bodyLimit,
    rateLimit: config.rateLimit,
    trustProxy: config.trustProxy,
    plugins: [async (fastify) => void (await fastify.register((scope) => oidcPlugin(scope, { environment: config.environment, oidc: identity.oidc }), { prefix: `/oidc/${config.environment}` }))],
  });
  app.connectMicroservice({ strategy: new BusTransport(embedded.bus) });
  await app.startAllMicroservices();
  const rights = app.get<Live<RightsState>>(RIGHTS);
  const grants = app.get<Live<Grants>>(GRANTS);
  const monitoring = app.get<Running>(MONITORING_RUNNING);
  for (const [name, live] of [['rights', rights], ['grants', grants]] as const) {
    follows.push({ name, fresh: () => live.fresh(5000) });
    metrics.observeLag(name, () => live.lag());
  }
  for (const projection of monitoring.projections) metrics.observeLag(projection.name, () => projection.lag());
  return { app, ready: async () => void (await Promise.all([rights.caughtUp(), grants.caughtUp()])) };
}

interface DemoParts extends Pick<Serving, 'embedded' | 'identity' | 'clock' | 'publicUrl'> {
  readonly folder: string;
  readonly simulator: Simulator;
}

/** The demo identities and connections, and the file that says them. */
async function prepareDemo({ embedded, clock, publicUrl, folder, simulator }: DemoParts): Promise<Demo> {
  const { store, keys, collections, installation } = embedded;
  const of = { store, keys: keys.admin, collections, clock, publicUrl };
  const facts = await seedDemo({ ...of, outFolder: join(folder, 'demo') });
  await seedConnections({
    store,
    keys,
    clock,
    installation,
    endpoint: `${simulator.url}/ANPR3000ServiziConsultazione/AnprService3000`,
    connections: facts.comuni.map(({ codiceCatastale, codiceIstat }) => ({ comune: codiceCatastale, senderCode: codiceIstat, operatorCodiceFiscale: 'SNTPTR70A01H501W' })),
  });
  const people = (await (await fetch(`${simulator.url}/controllo/persone`)).json()) as Demo['persone'];
  const persone = people.flatMap(({ codiceFiscale, cognome, nome, caso }) => (codiceFiscale ? [{ codiceFiscale, cognome, nome, caso }] : []));
  const demo: Demo = { baseUrl: publicUrl, token: await demoToken(of), ...facts, persone, simulatore: simulator.url };
  await writeDurably(join(folder, 'demo.json'), `${JSON.stringify(demo, null, 2)}\n`);
  return demo;
}

/** A port that nobody uses now. */
function freePort(host: string): Promise<number> {
  return new Promise((found, reject) => {
    const server = createServer();
    server.once('error', () => reject(new ConfigError(`GERES_HOST = ${JSON.stringify(host)}: non si può ascoltare su questo indirizzo`)));
    server.listen(0, host, () => {
      const { port } = server.address() as { readonly port: number };
      server.close(() => found(port));
    });
  });
}
