import { createLog } from '../log/index.js';
import { checkService, ConfigError, loadConfig, type Config, type ServiceConfig, type serviceSettings, type Settings } from '../config/index.js';
import { openDistributed, type Held } from '../distributed/index.js';
import { WrongInstallation } from '../embedded/installation-file.js';
import type { Clock } from '../installation.js';
import { WrongKeyEncryptionKey } from '../keys/index.js';
import { runService, type RunningService, type ServiceOptions, type ServiceParts } from './run-service.js';

export interface ProcessOptions<S extends Settings> {
  /** In log and on the engines: `gateway`, `admin`, `connector`, `monitoring`. */
  readonly service: string;
  readonly settings: S & typeof serviceSettings;
  /** The keys of its custody, out of its settings. */
  readonly holds: (config: Config<S & typeof serviceSettings>) => Held;
  readonly needs: ServiceOptions['needs'];
  readonly serve: (parts: ServiceParts, config: Config<S & typeof serviceSettings>) => ReturnType<ServiceOptions['serve']>;
}

const CANNOT_START = 2;
/** Past its grace a service ends as it is. */
const LATE_SECONDS = 4;

/** Becomes a service of the distributed form, until it is told to stop. A mistake in the settings ends it at once, with words for whoever started it; engines that are not there yet are waited for. */
export async function runProcess<S extends Settings>({ service, settings, holds, needs, serve }: ProcessOptions<S>): Promise<void> {
  const clock: Clock = () => new Date();
  const giveUp = new AbortController();
  let starting: Promise<RunningService> | undefined;
  let graceSeconds = 0;
  const stop = (code: number): void => {
    // Whatever an engine that is away holds up: what was not handed over by then comes again to others.
    setTimeout(() => complain(new Error('il servizio non si è fermato nel tempo concesso'), 1), (graceSeconds + LATE_SECONDS) * 1000).unref();
    // A start that waits for its engines is cut; what was opened is closed by it.
    giveUp.abort();
    Promise.resolve(starting)
      .then((started) => started?.stop(), () => undefined)
      .then(
        () => process.exit(code),
        (error: unknown) => complain(error, 1),
      );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop(0));
  // Whoever started it and was told that it is ready has gone.
  process.once('disconnect', () => stop(0));
  try {
    const config = checkService(loadConfig(settings, { env: process.env }) as ServiceConfig) as Config<S & typeof serviceSettings> & ServiceConfig;
    ({ graceSeconds } = config);
    const log = createLog({ level: config.logLevel, service });
    const open: ServiceOptions['open'] = (signal) => openDistributed({ service, config, held: holds(config), clock, log, signal });
    starting = runService({ config, clock, log, open, needs, serve: (parts) => serve(parts, config) }, giveUp.signal);
    const { port, metricsPort } = await starting;
    log.info({ event: 'service.started', name: service, count: port });
    process.send?.({ ready: { port, metricsPort } });
  } catch (error) {
    if (giveUp.signal.aborted) process.exit(0);
    complain(error, CANNOT_START);
  }
}

function complain(error: unknown, code: number): never {
  const known = [ConfigError, WrongInstallation, WrongKeyEncryptionKey].some((kind) => error instanceof kind);
  process.stderr.write(`${error instanceof Error ? (known ? error.message : (error.stack ?? error.message)) : String(error)}\n`);
  process.exit(code);
}
