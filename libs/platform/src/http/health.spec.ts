import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../log/index.js';
import { createMetrics } from '../metrics/index.js';
import { METRICS } from '../tokens.js';
import { createHttpApp, HealthModule, type HealthOptions, type ReadinessCheck } from './index.js';

const metrics = createMetrics();

@Global()
@Module({ providers: [{ provide: METRICS, useValue: metrics }], exports: [METRICS] })
class World {}

let app: NestFastifyApplication;
afterEach(() => app.close());

async function serving(checks: readonly ReadinessCheck[], options?: HealthOptions): Promise<NestFastifyApplication> {
  const module: DynamicModule = { module: class Root {}, imports: [World, HealthModule.forRoot(checks, options)] };
  return (app = await createHttpApp(module, { log: createLog({ level: 'silent' }), metrics }));
}

const store = { name: 'archivio', ready: () => true };
const rights = { name: 'diritti', ready: () => false };
const broken = {
  name: 'rotto',
  ready: (): boolean => {
    throw new Error('broken');
  },
};

describe('the health of a service', () => {
  it('is alive even when it is not ready', async () => {
    await serving([rights]);
    expect((await app.inject('/health/live')).statusCode).toBe(200);
  });

  it('tells details beside, which decide nothing', async () => {
    await serving([store], { details: () => ({ connessioni: [{ comune: 'H501', raggiungibile: false }] }) });
    const { statusCode, body } = await app.inject('/health/ready');
    expect({ statusCode, body: JSON.parse(body) as unknown }).toEqual({ statusCode: 200, body: { stato: 'pronto', connessioni: [{ comune: 'H501', raggiungibile: false }] } });
  });

  it('is ready also where its details cannot be told', async () => {
    await serving([store], { details: broken.ready as () => never });
    const { statusCode, body } = await app.inject('/health/ready');
    expect({ statusCode, body: JSON.parse(body) as unknown }).toEqual({ statusCode: 200, body: { stato: 'pronto' } });
  });

  it('is ready when everything that it depends on is there', async () => {
    await serving([store]);
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
    const status = await app.inject('/status');
    expect([status.statusCode, status.headers['content-type']]).toEqual([200, 'application/problem+json; charset=utf-8']);
    expect(status.json()).toMatchObject({ status: 200 });
  });

  it.each(['/health/ready', '/status'])('%s names what is missing, a check that fails included', async (url) => {
    await serving([store, rights, broken]);
    const response = await app.inject(url);
    expect(response.statusCode).toBe(503);
    expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(response.json()).toMatchObject({ type: 'urn:geres:problema:servizio-non-pronto', mancano: ['diritti', 'rotto'] });
  });
});

describe('the metrics', () => {
  it('are text for Prometheus, for this machine', async () => {
    await serving([]);
    const response = await app.inject('/metrics');
    expect([response.statusCode, response.headers['content-type']]).toEqual([200, expect.stringContaining('text/plain')]);
    expect(response.body).toContain('geres_http_seconds');
  });

  it.each([
    ['another machine', { remoteAddress: '10.1.2.3' }],
    ['somebody behind a proxy of this machine', { remoteAddress: '127.0.0.1', headers: { 'x-forwarded-for': '10.1.2.3' } }],
  ])('are not there for %s', async (_, from) => {
    await serving([]);
    expect((await app.inject({ url: '/metrics', ...from })).statusCode).toBe(404);
  });

  it('are there for another machine where the configuration says so', async () => {
    await serving([], { metrics: 'network' });
    expect((await app.inject({ url: '/metrics', remoteAddress: '10.1.2.3' })).statusCode).toBe(200);
  });
});
