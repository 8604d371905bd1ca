import { connectionsInHealth, GRANTS, type Grants } from '@geres/anpr';
import { oidcPlugin, type Identity } from '@geres/identity';
import { MONITORING_RUNNING, type Running } from '@geres/monitoring';
import type { Clock } from '@geres/platform';
import { RIGHTS, type RightsState } from '@geres/platform/auth';
import { BusTransport } from '@geres/platform/bus';
import { pkcs11Of, type StandaloneConfig } from '@geres/platform/config';
import type { Embedded } from '@geres/platform/embedded';
import { createHttpApp, type ReadinessCheck } from '@geres/platform/http';
import type { Log } from '@geres/platform/log';
import type { Metrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StandaloneModule } from './app.module.js';
import { readiness } from './readiness.js';

export interface Serving {
  readonly config: StandaloneConfig;
  readonly embedded: Embedded;
  readonly identity: Identity;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly publicUrl: string;
  readonly stopping: AbortSignal;
}

export interface Served {
  readonly app: NestFastifyApplication;
  /** Resolves when what decides has seen everything recorded before. */
  caughtUp(): Promise<void>;
}

/** The whole product as one HTTP application, which does not listen yet. */
export async function serve({ config, embedded, identity, log, metrics, clock, publicUrl, stopping }: Serving): Promise<Served> {
  const checks: ReadinessCheck[] = [];
  const module = StandaloneModule.forRoot({ engines: embedded, clock, log, metrics, publicUrl, stopping }, identity, { checks, device: pkcs11Of(config), metrics: config.metricsToNetwork ? 'network' : 'loopback', details: () => connectionsInHealth(app) });
  const oidc = { environment: config.environment, oidc: identity.oidc };
  const app = await createHttpApp(module, {
    log,
    metrics,
    bodyLimit: config.bodyLimit,
    rateLimit: config.rateLimit,
    trustProxy: config.trustProxy,
    plugins: [async (fastify) => void (await fastify.register((scope) => oidcPlugin(scope, oidc), { prefix: `/oidc/${config.environment}` }))],
  });
  app.connectMicroservice({ strategy: new BusTransport(embedded.bus) });
  await app.startAllMicroservices();
  const rights = app.get<Live<RightsState>>(RIGHTS);
  const grants = app.get<Live<Grants>>(GRANTS);
  const { projections: monitoring } = app.get<Running>(MONITORING_RUNNING);
  for (const model of identity.readModels.running) metrics.observeLag(model.name, () => model.lag());
  checks.push(...readiness({ rights, grants, identity: identity.readModels.running, monitoring }));
  return { app, caughtUp: async () => void (await Promise.all([rights.caughtUp(), grants.caughtUp(), identity.readModels.caughtUp()])) };
}
