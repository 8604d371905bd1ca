import type { DynamicModule, Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { AddressInfo } from 'node:net';
import { RIGHTS, type RightsState } from '../auth/index.js';
import { BusTransport } from '../bus/index.js';
import type { ServiceConfig } from '../config/index.js';
import type { DistributedEngines } from '../distributed/open.js';
import { createHttpApp, HealthModule, type ReadinessCheck } from '../http/index.js';
import type { Clock } from '../installation.js';
import type { Log } from '../log/index.js';
import { createMetrics, type Metrics } from '../metrics/index.js';
import type { Live } from '../projections/index.js';
import { opening, type Closing } from './closing.js';
import type { Engines } from './engines.js';
import { openOperations } from './operations.js';
import { PlatformModule } from './platform.module.js';

/** Nobody is told that a process is ready while what it decides on is older than this; single decisions ask for less. */
export const READY_MS = 5000;

/** Whoever leaves the engines has that long at least, also where everything else took its time. */
const LEAST_MS = 2000;

/** What a service has to work with while it is put together. */
export interface ServiceParts {
  readonly engines: Engines;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly publicUrl: string;
  readonly jwksUrl?: string;
  readonly stopping: AbortSignal;
}

/** What one service adds to what all of them have. */
export interface Served {
  readonly modules: readonly (Type | DynamicModule)[];
  readonly plugins?: readonly ((fastify: FastifyInstance) => Promise<void>)[];
  /** What it depends on besides rights, known once the application is there. */
  readonly checks?: (app: NestFastifyApplication) => readonly ReadinessCheck[];
  /** What readiness tells beside, once the application is there. It makes nothing unfit. */
  readonly details?: (app: NestFastifyApplication) => Readonly<Record<string, unknown>>;
  /** Resolves when what decides has seen everything recorded before; it is waited for before the service listens. */
  readonly caughtUp?: (app: NestFastifyApplication) => Promise<unknown>;
}

export interface ServiceOptions {
  readonly config: ServiceConfig;
  readonly clock: Clock;
  readonly log: Log;
  /** Opens the engines, once they are there; gives up when `signal` aborts. */
  readonly open: (signal: AbortSignal) => Promise<DistributedEngines>;
  /** The engines without which the service cannot do its work, besides the event store. */
  readonly needs: readonly (keyof DistributedEngines['reached'])[];
  readonly serve: (parts: ServiceParts) => Promise<Served> | Served;
}

export interface RunningService {
  readonly port: number;
  readonly metricsPort: number;
  /** Stops taking, ends or hands over what is in flight, leaves. */
  stop(): Promise<void>;
}

/** One service of the distributed form. Its probes answer before its engines are there. What was opened is closed again when a step fails, or `giveUp` aborts before it has started. */
export const runService = (options: ServiceOptions, giveUp: AbortSignal = new AbortController().signal): Promise<RunningService> => opening((closing) => run(options, closing, giveUp));

async function run({ config, clock, log, open, needs, serve }: ServiceOptions, closing: Closing, giveUp: AbortSignal): Promise<RunningService> {
  const metrics = createMetrics();
  const stopping = new AbortController();
  let started = false;
  const checks: ReadinessCheck[] = [{ name: 'avvio', ready: () => started }];
  const { host, bodyLimit, rateLimit, trustProxy, publicUrl, jwksUrl, graceSeconds } = config;
  let details = (): Readonly<Record<string, unknown>> => ({});
  const operations = await openOperations({ host, port: config.metricsPort, log, metrics, checks, details: () => details() });
  closing.add(() => operations.close());
  const engines = await open(giveUp);
  // From the moment that it is told to stop: what comes before has taken its share.
  let stopAt = Infinity;
  const told = (): void => void (stopAt = Math.min(stopAt, performance.now() + graceSeconds * 1000));
  giveUp.addEventListener('abort', told, { once: true });
  closing.add(() => engines.close(Math.min(graceSeconds * 1000, Math.max(LEAST_MS, stopAt - performance.now()))));
  // Subscriptions and timers end when the application has closed, not before: what is in flight still needs them.
  closing.add(() => stopping.abort());
  const parts: ServiceParts = { engines, clock, log, metrics, publicUrl, ...(jwksUrl === undefined ? {} : { jwksUrl }), stopping: stopping.signal };
  const { modules, plugins = [], checks: more, details: beside, caughtUp } = await serve(parts);
  const root: DynamicModule = { module: ServiceModule, imports: [PlatformModule.forRoot(parts), ...modules, HealthModule.forRoot(checks, { details: () => details() })] };
  const app = await createHttpApp(root, { log, metrics, bodyLimit, rateLimit, trustProxy, plugins });
  closing.add(() => app.close());
  if (beside) details = () => beside(app);
  app.connectMicroservice({ strategy: new BusTransport(engines.bus) });
  await app.startAllMicroservices();
  const rights = app.get<Live<RightsState>>(RIGHTS);
  checks.push(...needs.map((name) => ({ name, ready: engines.reached[name] })));
  checks.push({ name: 'diritti', ready: () => rights.fresh(READY_MS) }, ...(more?.(app) ?? []));
  // The event store may be gone by now, and nobody waits for this service any more.
  await unlessAborted(Promise.all([rights.caughtUp(), caughtUp?.(app)]), giveUp);
  await app.listen(config.port, host);
  started = true;
  const stop = (): Promise<void> => {
    started = false;
    told();
    return closing.run();
  };
  return { port: (app.getHttpServer().address() as AddressInfo).port, metricsPort: operations.port, stop };
}

/** Errors: the signal's reason, as soon as it aborts. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** The root of a service: it has nothing of its own. */
class ServiceModule {}
