import { spawn, execFile } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** The servers that `deploy/engines/` defines. */
export type EngineName = 'kafka' | 'mongodb' | 'eventstoredb';

/** A server that runs: what its `engine.mjs` tells of it. */
export interface RunningEngine {
  readonly address: string;
  readonly pid: number;
  readonly ports: readonly number[];
  /** Kafka's listener for those who sign in. */
  readonly secured?: { readonly address: string; readonly ca: string; readonly password: string; readonly users: readonly string[] };
  /** Where a stand-in is told to fail. */
  readonly control?: string;
  /** Not the product's own server, but one that behaves as it does. */
  readonly standIn?: boolean;
}

export type Engine = ({ readonly there: true } & Pick<RunningEngine, 'address'> & Partial<RunningEngine>) | { readonly there: false; readonly why: string };

export const engineScript = fileURLToPath(new URL('../../../../scripts/engines.mjs', import.meta.url));
const VARIABLES: Readonly<Record<EngineName, string>> = { kafka: 'GERES_KAFKA', mongodb: 'GERES_MONGODB_URL', eventstoredb: 'GERES_EVENTSTORE_URL' };
/** Vitest itself: the engines live as long as it does, also when the worker that asked for them has ended. */
const RUNNER = process.send === undefined ? process.pid : process.ppid;

interface Status {
  readonly engines?: Readonly<Partial<Record<EngineName, RunningEngine>>>;
  readonly missing?: Readonly<Partial<Record<EngineName, string>>>;
}

let started: Promise<Status> | undefined;

/**
 * A server for specs: the one that a variable names, else the one of `npm run engines`, which is started where its tools are there. Where it cannot be had it says
 * why, for a suite that is skipped by name; with `GERES_ENGINES=required` that is an error.
 */
export async function engine(name: EngineName): Promise<Engine> {
  const given = process.env[VARIABLES[name]];
  if (given) return { there: true, address: given };
  if (process.env['GERES_ENGINES'] === 'none') return { there: false, why: 'GERES_ENGINES=none' };
  const { engines = {}, missing = {} } = await (started ??= start());
  const found = engines[name];
  if (found) return { there: true, ...found };
  const why = missing[name] ?? `deploy/engines has no ${name}`;
  if (process.env['GERES_ENGINES'] === 'required') throw new Error(`GERES_ENGINES=required, and ${name} is not there: ${why}`);
  return { there: false, why: why.split('\n')[0]! };
}

async function start(): Promise<Status> {
  const run = promisify(execFile);
  await run(process.execPath, [engineScript, 'start', '--for', String(RUNNER)]);
  return JSON.parse((await run(process.execPath, [engineScript, 'status', '--json'])).stdout) as Status;
}

/** A server of one's own, to be killed and brought back on the same data and ports. */
export interface OwnEngine extends RunningEngine {
  /** Ends it as the system does, without a word to it. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** After `kill` or `stop`. */
  again(): Promise<OwnEngine>;
}

/** `data`: an empty folder, or that of an earlier start. */
export async function ownEngine(name: EngineName, data: string, ports?: readonly number[]): Promise<OwnEngine> {
  const child = spawn(process.execPath, [engineScript, 'run', name, '--data', data, ...(ports ? ['--ports', ports.join()] : [])], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'close');
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (done) throw new Error(`${name} has not started: ${complaints}`);
  const running = JSON.parse(value) as RunningEngine;
  return {
    ...running,
    async kill() {
      process.kill(running.pid, 'SIGKILL');
      await ended;
    },
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
    again: () => ownEngine(name, data, running.ports),
  };
}

