import { StoreUnavailable } from '@geres/kernel';
import { ConfigError } from '@geres/platform/config';
import { WrongInstallation } from '@geres/platform/embedded';
import { DataFolderInUse } from '@geres/platform/event-store';
import { UnusableKeys, WrongKeyEncryptionKey } from '@geres/platform/keys';
import { SimulatorFailed } from './simulator.js';

const CANNOT_START = 2;
/** A terminal, npm and whoever watches may all send the signal of one Ctrl+C. */
const SAME_CTRL_C_MS = 500;

export const say = (text: string): void => void process.stdout.write(`${text}\n`);
const complain = (text: string): void => void process.stderr.write(`${text}\n`);
/** Since this process began, as it is told: `2,5`. */
export const seconds = (): string => (performance.now() / 1000).toFixed(1).replace('.', ',');

interface Started {
  stop(): Promise<void>;
}

/** What a start may tell of itself while it goes on. */
export interface Telling {
  readonly onProgress: (step: string) => void;
  /** Something that is needed has ended by itself: this process stops too. */
  readonly onEnd: (name: string) => void;
}

/** Starts, says what there is to say, and stops when told to; a start that is under way is waited for, so that nothing is left half-made. */
export async function live<S extends Started>(start: (telling: Telling) => Promise<S>, introduce: (started: S) => string): Promise<void> {
  let starting: Promise<S> | undefined;
  let askedToStop: number | undefined;
  // Whoever reads what is printed may go away; the service goes on.
  process.stdout.on('error', () => undefined);

  const stop = (code: number): void => {
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
  };
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
  const onEnd = (name: string): void => {
    if (askedToStop !== undefined) return;
    complain(`${name} è terminato: GeRes si ferma`);
    stop(1);
  };
  try {
    starting = start({ onProgress: (step) => say(`  [${seconds()} s] ${step}`), onEnd });
    process.stdout.write(introduce(await starting));
  } catch (error) {
    complain(wordsOf(error));
    process.exit(CANNOT_START);
  }
}

const FOR_WHOEVER_STARTS: readonly (new (...args: never[]) => Error)[] = [ConfigError, WrongInstallation, DataFolderInUse, UnusableKeys, WrongKeyEncryptionKey, SimulatorFailed];
/** By name: what throws them is loaded by what needs it. */
const NAMED = new Set(['EngineFailed', 'ServiceFailed', 'WrongPartitions']);

/** One line for what whoever starts GeRes can put right; all that is known of anything else. */
function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (FOR_WHOEVER_STARTS.some((kind) => error instanceof kind) || NAMED.has(error.name)) return error.message;
  if (error instanceof StoreUnavailable) return `i dati non si aprono o non si scrivono: ${error.reason}`;
  const { code, syscall, path } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'GERES_PORT: la porta è già in uso';
  return code !== undefined && syscall !== undefined ? `${path ?? syscall}: ${code}` : (error.stack ?? error.message);
}
