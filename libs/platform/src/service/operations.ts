import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { AddressInfo } from 'node:net';
import { createHttpApp, HealthModule, type HealthOptions, type ReadinessCheck } from '../http/index.js';
import type { Log } from '../log/index.js';
import type { Metrics } from '../metrics/index.js';
import { METRICS } from '../tokens.js';

@Global()
@Module({})
class MetricsOnly {
  static of(metrics: Metrics): DynamicModule {
    const provider = { provide: METRICS, useValue: metrics };
    return { module: MetricsOnly, providers: [provider], exports: [provider.provide] };
  }
}

@Module({})
class OperationsModule {
  static forRoot(metrics: Metrics, checks: readonly ReadinessCheck[], details: HealthOptions['details']): DynamicModule {
    return { module: OperationsModule, imports: [MetricsOnly.of(metrics), HealthModule.forRoot(checks, { metrics: 'network', ...(details ? { details } : {}) })] };
  }
}

export interface Operations {
  readonly port: number;
  close(): Promise<void>;
}

export interface OperationsOptions {
  readonly host: string;
  readonly port: number;
  readonly log: Log;
  readonly metrics: Metrics;
  /** What readiness depends on; it may grow after this call. */
  readonly checks: readonly ReadinessCheck[];
  /** What readiness tells beside. */
  readonly details?: HealthOptions['details'];
}

/** Probes and metrics on a port of their own, which no ingress shows: there from the first moment to the last, whatever the engines do. */
export async function openOperations({ host, port, log, metrics, checks, details }: OperationsOptions): Promise<Operations> {
  const app = await createHttpApp(OperationsModule.forRoot(metrics, checks, details), { log, metrics });
  await app.listen(port, host);
  const address = app.getHttpServer().address() as AddressInfo;
  return { port: address.port, close: () => app.close() };
}
