import 'reflect-metadata';
import { StoreUnavailable } from '@geres/kernel';
import { checkStandalone, ConfigError, loadConfig, standaloneSettings } from '@geres/platform/config';
import { WrongInstallation } from '@geres/platform/embedded';
import { DataFolderInUse } from '@geres/platform/event-store';
import { UnusableKeys, WrongKeyEncryptionKey } from '@geres/platform/keys';
import type { Started } from './geres.js';
import { introduction } from './introduction.js';
import { SimulatorFailed } from './simulator.js';

const CANNOT_START = 2;
/** A terminal, npm and whoever watches may all send the signal of one Ctrl+C. */
const SAME_CTRL_C_MS = 500;

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);
const seconds = (): string => (performance.now() / 1000).toFixed(1).replace('.', ',');

// Whoever reads what is printed may go away; the service goes on.
process.stdout.on('error', () => undefined);

let starting: Promise<Started> | undefined;
let askedToStop: number | undefined;

/** Waits for a start that is under way, so that nothing is left half-made. */
function stop(code: number): void {
  askedToStop = performance.now();
  Promise.resolve(starting)
    .then((started) => started?.stop())
    .then(
      () => process.exit(code),
      (error: unknown) => {
        complain(wordsOf(error));
        process.exit(1);
      },
    );
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (askedToStop === undefined) {
      say('mi fermo (di nuovo Ctrl+C per non aspettare)');
      stop(0);
    } else if (signal === 'SIGINT' && performance.now() - askedToStop > SAME_CTRL_C_MS) {
      complain('fermato senza aspettare: al prossimo avvio le richieste aperte saranno chiuse come interrotte');
      process.exit(130);
    }
  });
}

try {
  const config = checkStandalone(loadConfig(standaloneSettings, { env: process.env }));
  say(`GeRes, ambiente «${config.environment}»`);
  // Loaded when the settings are known to be right: a mistake is told at once.
  const options = {
    config,
    onProgress: (step: string) => say(`  [${seconds()} s] ${step}`),
    onSimulatorEnd: () => {
      if (askedToStop !== undefined) return;
      complain('il simulatore di ANPR è terminato: GeRes si ferma');
      stop(1);
    },
  };
  starting = import('./geres.js').then(({ startGeres }) => startGeres(options));
  process.stdout.write(introduction(await starting, seconds()));
} catch (error) {
  complain(wordsOf(error));
  process.exit(CANNOT_START);
}

/** One line for what whoever starts GeRes can put right; all that is known of anything else. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ([ConfigError, WrongInstallation, DataFolderInUse, UnusableKeys, WrongKeyEncryptionKey, SimulatorFailed].some((kind) => error instanceof kind)) return error.message;
  if (error instanceof StoreUnavailable) return `i dati non si aprono o non si scrivono: ${error.reason}`;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'GERES_PORT: la porta è già in uso';
  return code !== undefined && syscall !== undefined ? `${path ?? syscall}: ${code}` : (error.stack ?? error.message);
}
