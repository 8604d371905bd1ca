import { CUSTODY, type Custody } from '@geres/anpr';
import { openIdentity } from '@geres/identity';
import type { Clock } from '@geres/platform';
import { ConfigError, keyOptionsOf, type StandaloneConfig } from '@geres/platform/config';
import { installationIn, openEmbedded } from '@geres/platform/embedded';
import { loadKeyEncryptionKeys } from '@geres/platform/keys';
import { createLog, type Log } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import { opening, type Closing } from '@geres/platform/service';
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openControl } from './control.js';
import { prepareDemo } from './demo.js';
import type { Demo } from './facts.js';
import { freePort } from './ports.js';
import { serve } from './serving.js';
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
  /** The file of an earlier release that was completed now. */
  readonly keysCompletedAt?: string;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly config: StandaloneConfig;
  /** Told what is being done, in Italian. */
  readonly onProgress: (step: string) => void;
  /** The simulator has ended by itself. */
  readonly onSimulatorEnd: () => void;
  /** Default: JSON lines on standard error. */
  readonly log?: Log;
}

/** Starts everything in one process. What was opened is closed again when a step fails. */
export const startGeres = (options: StartOptions): Promise<Started> => opening((closing) => start(options, closing));

async function start({ config, onProgress, onSimulatorEnd, log = createLog({ level: config.logLevel }) }: StartOptions, closing: Closing): Promise<Started> {
  const clock: Clock = () => new Date();
  const folder = resolve(config.data);
  const metrics = createMetrics();
  const stopping = new AbortController();

  // What may be wrong with the settings is found out before anything is made.
  const port = await freePort({ host: config.host, port: config.port, settings: { host: 'GERES_HOST', port: 'GERES_PORT' } });
  if (config.environment === 'test' && config.simulatorPort !== 0) {
    await freePort({ host: '127.0.0.1', port: config.simulatorPort, settings: { host: 'GERES_SIMULATOR_HOST', port: 'GERES_SIMULATOR_PORT' } });
  }
  const publicUrl = config.publicUrl ?? `http://${config.host === '127.0.0.1' ? 'localhost' : hostInUrl(config.host)}:${port}`;

  onProgress(`apro la cartella dei dati ${folder}`);
  await writable(folder);
  const known = await installationIn(folder, config.environment);
  const keks = await loadKeyEncryptionKeys({ ...keyOptionsOf(config), mustExist: known !== undefined });
  const embedded = await openEmbedded({ folder, environment: config.environment, keyEncryptionKeys: keks, clock });
  closing.add(() => embedded.close());
  closing.add(() => stopping.abort());

  let simulator: Simulator | undefined;
  if (config.environment === 'test') {
    onProgress('avvio il simulatore di ANPR');
    simulator = await startSimulator(config.simulatorPort, join(folder, 'simulatore'), onSimulatorEnd);
    closing.add(simulator.stop);
  }

  onProgress('avvio i servizi');
  const identity = openIdentity({
    store: embedded.store,
    collections: embedded.collections,
    durable: embedded.durable,
    keys: embedded.keys.admin,
    clock,
    environment: config.environment,
    incarnation: embedded.installation.incarnation,
    publicUrl: () => publicUrl,
    signal: stopping.signal,
    onFailure: (name, error) => log.error({ event: 'projection.failed', name, error }),
  });
  const { app, caughtUp } = await serve({ config, embedded, identity, log, metrics, clock, publicUrl, stopping: stopping.signal });
  closing.add(() => app.close());
  await app.listen(port, config.host);
  await caughtUp();
  const control = await openControl(folder, { embedded, clock });
  closing.add(() => control.close());

  const started = { baseUrl: publicUrl, folder, ...(keks.madeAt === undefined ? {} : { keysMadeAt: keks.madeAt }), ...(keks.completedAt === undefined ? {} : { keysCompletedAt: keks.completedAt }), stop: () => closing.run() };
  if (!simulator) {
    const code = await identity.setup.code();
    return { ...started, ...(code === undefined ? {} : { firstStart: { url: `${publicUrl}/oidc/produzione/primo-avvio`, code } }) };
  }
  onProgress('preparo i dati dimostrativi');
  const demo = await prepareDemo({ engines: embedded, clock, publicUrl, folder, simulator: simulator.url, custody: app.get<Custody>(CUSTODY) });
  return { ...started, demo };
}

/** Errors: `ConfigError` for a folder that cannot be made or written. */
async function writable(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new ConfigError(`GERES_DATA = ${JSON.stringify(folder)}: la cartella non si può scrivere (${(error as NodeJS.ErrnoException).code ?? 'errore'})`);
  }
}

const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
