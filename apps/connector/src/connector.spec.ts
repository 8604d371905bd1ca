import 'reflect-metadata';
import { connectorSettings, loadConfig } from '@geres/platform/config';
import { openEmbedded } from '@geres/platform/embedded';
import { loadKeyEncryptionKeys } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { runService, type RunningService } from '@geres/platform/service';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { connector } from './connector.js';

const clock = (): Date => new Date();
const key = Buffer.alloc(32, 7).toString('base64');
const keys = Object.fromEntries(Object.values(connectorSettings).flatMap(({ env }) => (/^GERES_(?:KEK|BUS_KEY)_/.test(env) ? [[env, key]] : [])));
const config = {
  ...loadConfig(connectorSettings, { env: { ...keys, GERES_ENVIRONMENT: 'test', GERES_PUBLIC_URL: 'http://localhost:3000', GERES_KAFKA: 'localhost:1', GERES_EVENTSTORE_URL: 'esdb://localhost:1?tls=false', GERES_MONGODB_URL: 'mongodb://localhost:1/geres' } }),
  port: 0,
  metricsPort: 0,
};

let folder: string;
let running: RunningService;
/** On the embedded engines: what the service is made of does not know the difference. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'geres-connector-'));
  const open = async () => {
    const keyEncryptionKeys = await loadKeyEncryptionKeys({ env: {}, dataFolder: join(folder, 'dati') });
    const embedded = await openEmbedded({ folder: join(folder, 'dati'), environment: 'test', keyEncryptionKeys, clock });
    return { ...embedded, reached: { kafka: () => true, mongodb: () => true } };
  };
  running = await runService({ config, clock, log: createLog({ level: 'silent' }), open, needs: ['kafka', 'mongodb'], serve: () => connector(config) });
});
afterAll(async () => {
  await running.stop();
  await rm(folder, { recursive: true });
});

it('a connector that is ready tells of its connections to ANPR, on both its ports, as the embedded form does', async () => {
  for (const port of [running.port, running.metricsPort]) {
    const response = await fetch(`http://${config.host}:${port}/health/ready`);
    expect({ status: response.status, body: await response.json() }).toEqual({ status: 200, body: { stato: 'pronto', anpr: { connessioniProvate: 0, nonRaggiungibili: [] } } });
  }
});
