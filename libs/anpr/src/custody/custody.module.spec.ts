import 'reflect-metadata';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { isCaughtUp } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import { CLOCK, COLLECTIONS, EVENT_STORE, INSTALLATION, KEYS, LOG, METRICS, STOPPING } from '@geres/platform';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { secretRows } from '../testing/custody.js';
import { record } from '../testing/identity.js';
import { CUSTODY, CustodyModule, VAULT } from './custody.module.js';
import type { Custody } from './custody.js';
import { DeviceModule } from './device.module.js';
import type { VaultPorts } from './vault.js';

@Global()
@Module({})
class Ports {
  static of(values: Readonly<Record<symbol, unknown>>): DynamicModule {
    const providers = Object.getOwnPropertySymbols(values).map((provide) => ({ provide, useValue: values[provide] }));
    return { module: Ports, providers, exports: providers.map(({ provide }) => provide) };
  }
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function connector(device?: Parameters<typeof DeviceModule.forRoot>[0], now = '2026-11-23T09:00:00Z') {
  const stopping = new AbortController();
  const store = memoryEventStore();
  const metrics = createMetrics();
  const { store: secrets } = secretRows();
  const ports = Ports.of({
    [EVENT_STORE]: store,
    [COLLECTIONS]: memoryCollections(),
    [KEYS]: { certificates: secrets() },
    [INSTALLATION]: { id: 'i', incarnation: 'i', environment: 'test' },
    [CLOCK]: () => new Date(now),
    [METRICS]: metrics,
    [LOG]: createLog({ level: 'silent' }),
    [STOPPING]: stopping.signal,
  });
  return {
    store,
    metrics,
    start: async () => {
      const app = await NestFactory.createApplicationContext({ module: class Connector {}, imports: [ports, DeviceModule.forRoot(device), CustodyModule] }, { logger: false });
      closing.push(() => Promise.resolve(stopping.abort()).then(() => app.close()));
      return app;
    },
  };
}

const of = { comune: 'H501', channel: 'ws' as const };
const settings = { endpoint: 'http://127.0.0.1:8081/x', senderCode: '058091', security: 'wss' as const, timeoutMs: 20_000, maxInFlight: 10, maxQueued: 10 };
const x509 = { thumbprint: 'ab'.repeat(32), subject: 'CN=058091-CO-9999', issuer: 'CN=CA', serial: '01', notBefore: '2020-01-01T00:00:00Z', notAfter: '2026-12-01T00:00:00Z' };

describe('the custody of a connector', () => {
  it('tells at its start of a certificate that ends, and shows it in the metrics', async () => {
    const { store, metrics, start } = await connector();
    await record(store, [
      { type: 'anpr.connection.configured', v: 1, data: { ...of, settings } },
      { type: 'anpr.connection.certificate-installed', v: 1, data: { ...of, certificate: '01JD0CERT0000000000000000A', use: 'firma', kid: 'k', responsible: '01JD0SER00000000000000000A', custody: 'connettore', x509 } },
    ]);
    await start();
    for await (const item of store.subscribe('start', { prefixes: ['connection-'], signal: AbortSignal.timeout(10_000) })) {
      if (isCaughtUp(item) || !item.type.endsWith('certificate-expiring')) continue;
      expect(item.data).toMatchObject({ comune: 'H501', days: 10 });
      break;
    }
    expect(await metrics.registry.metrics()).toContain('geres_certificate_expiry_seconds{comune="H501",canale="ws",uso="firma"} 658800');
  });

  it('is one for everybody in the process, with the device that it was configured with', async () => {
    const none = await (await connector()).start();
    expect((await none.get<Custody>(CUSTODY).publicKey()).kid).toBe((await none.get<Custody>(CUSTODY).publicKey()).kid);
    await expect(none.get<VaultPorts>(VAULT).device.key('H501-firma')).rejects.toMatchObject({ params: { motivo: expect.stringContaining('GERES_PKCS11_MODULE') as string } });
    const away = await (await connector({ module: '/nowhere.so', token: 'comuni', pin: '1234' })).start();
    await expect(away.get<VaultPorts>(VAULT).device.key('H501-firma')).rejects.toMatchObject({ code: 'dispositivo-assente' });
  });
});
