import type { ServiceName } from '@geres/platform/config';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ended } from '../ended.js';

export interface RunningService {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  readonly metricsPort: number;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<void>;
}

/** A service did not start, or ended by itself. The message is for whoever started GeRes. */
export class ServiceFailed extends Error {
  override readonly name = 'ServiceFailed';
}

export interface ServiceOptions {
  readonly service: ServiceName;
  /** In words: `gateway 1`. */
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  readonly onEnd: (name: string) => void;
}

const KILL_MS = 40_000;

/** Starts one service of the distributed form in a process of its own; resolves when it is ready. Errors: `ServiceFailed`. */
export function startService({ service, name, env, onEnd }: ServiceOptions): Promise<RunningService> {
  const main = fileURLToPath(new URL(`../../../${service}/dist/main.js`, import.meta.url));
  const child = fork(main, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--disable-warning=TimeoutNegativeWarning'], env: { ...process.env, ...env }, detached: process.platform !== 'win32' });
  let stopping = false;
  const stop = (): Promise<void> => {
    stopping = true;
    return ended(child, KILL_MS);
  };
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => {
      reject(new ServiceFailed(`${name} è terminato con codice ${code}`));
      if (!stopping) onEnd(name);
    });
    child.once('message', ({ ready }: { readonly ready: { readonly port: number; readonly metricsPort: number } }) => resolve({ name, pid: child.pid!, ...ready, stop }));
  });
}
