import type { ServiceName } from '@geres/platform/config';
import { fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** How a process ended, and what it had to say. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly printed: string;
}

/** What its probe says. */
export interface Readiness {
  /** 0: nobody answers. */
  readonly status: number;
  /** What it waits for. */
  readonly missing: readonly string[];
}

/** One service of the distributed form, in a process of its own. */
export interface Service {
  readonly name: string;
  readonly service: ServiceName;
  readonly origin: string;
  readonly ended: Promise<Ended>;
  readonly isRunning: boolean;
  /** Everything that it has printed so far. */
  readonly printed: string;
  readiness(): Promise<Readiness>;
  /** Whether the process answers at all. */
  lives(): Promise<boolean>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves when its probe says that it is ready. Errors: it has ended. */
  ready(): Promise<void>;
}

export interface ServiceOptions {
  /** In words: `gateway 1`. */
  readonly name: string;
  readonly service: ServiceName;
  readonly port: number;
  readonly metricsPort: number;
  readonly env: Readonly<Record<string, string>>;
}

const LOOK_MS = 50;
const MOST_PRINTED = 30_000;

/** Starts what was built, as `npm run start:distributed` does, and waits for nothing. */
export function startService({ name, service, port, metricsPort, env }: ServiceOptions): Service {
  const main = fileURLToPath(new URL(`../../../${service}/dist/main.js`, import.meta.url));
  const child = fork(main, [], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=TimeoutNegativeWarning'],
    env: { PATH: process.env['PATH'], ...env, GERES_PORT: String(port), GERES_METRICS_PORT: String(metricsPort) },
  });
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.setEncoding('utf8').on('data', (text: string) => (printed = (printed + text).slice(-MOST_PRINTED)));
  const ended = new Promise<Ended>((resolve) => child.once('close', (code, signal) => resolve({ code, signal, printed })));
  // Should this process go first, nothing of it stays behind.
  const orphaned = (): void => void child.kill('SIGKILL');
  process.once('exit', orphaned);
  void ended.then(() => process.off('exit', orphaned));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  const probes = `http://127.0.0.1:${metricsPort}`;
  const readiness = async (): Promise<Readiness> => {
    try {
      const response = await fetch(`${probes}/health/ready`);
      const { mancano = [] } = (await response.json()) as { readonly mancano?: readonly string[] };
      return { status: response.status, missing: mancano };
    } catch {
      return { status: 0, missing: [] };
    }
  };
  return {
    name,
    service,
    origin: `http://127.0.0.1:${port}`,
    ended,
    get isRunning() {
      return isRunning();
    },
    get printed() {
      return printed;
    },
    readiness,
    lives: () => fetch(`${probes}/health/live`).then(({ ok }) => ok, () => false),
    signal: (signal) => void child.kill(signal),
    async ready() {
      while ((await readiness()).status !== 200) {
        if (!isRunning()) throw new Error(`${name} ended before it was ready:\n${printed}`);
        await pause(LOOK_MS);
      }
    },
  };
}
