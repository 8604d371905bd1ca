import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What `npm start` writes to `demo.json`. */
export interface Demo {
  readonly baseUrl: string;
  readonly token: string;
  readonly simulatore: string;
  readonly comuni: readonly { readonly codiceCatastale: string; readonly codiceIstat: string; readonly nome: string }[];
  readonly utenti: readonly { readonly username: string; readonly password: string; readonly ruolo: string; readonly comune: string; readonly ente: string }[];
  readonly applicazioni: readonly { readonly clientId: string; readonly chiave: string; readonly ente: string }[];
  readonly persone: readonly { readonly codiceFiscale: string; readonly cognome: string; readonly nome: string; readonly caso: string }[];
  readonly motivi: readonly { readonly codice: string; readonly descrizione: string }[];
}

/** A GeRes process of its own on a folder of its own, as `npm start` runs it. */
export interface Running {
  readonly demo: Demo;
  readonly folder: string;
  readonly process: ChildProcess;
  /** Everything it has printed so far. */
  readonly printed: () => string;
  /** Its log so far. */
  readonly logged: () => string;
  /** Milliseconds from its start to the first answer of `/health/ready`. */
  readonly startedInMs: number;
  /** Ends it with a signal and waits for it. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../standalone/dist/main.js', import.meta.url));
/** As `npm start` has Node run. */
const LEAN = JSON.parse(readFileSync(new URL('../../standalone/node.json', import.meta.url), 'utf8')) as { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };
const START_MS = 120_000;

export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'geres-'));

/** Starts the built standalone and waits until it is ready. Rejects with what it printed when it ends before. */
export async function startGeres(folder: string, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const started = performance.now();
  const data = join(folder, 'data');
  await rm(join(data, 'demo.json'), { force: true });
  const child = spawn(process.execPath, [...LEAN.args, MAIN], {
    env: { ...LEAN.env, PATH: process.env['PATH'], HOME: folder, GERES_DATA: data, GERES_PORT: '0', GERES_SIMULATOR_PORT: '0', GERES_LOG_LEVEL: 'warn', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let logged = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (printed += text.toString('utf8')));
  child.stderr.on('data', (text: Buffer) => (logged += text.toString('utf8')));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Should this process go first, nothing of it stays behind.
  const orphaned = (): void => void child.kill('SIGKILL');
  process.once('exit', orphaned);
  void ended.then(() => process.off('exit', orphaned));
  const demo = await ready(join(data, 'demo.json'), child, () => printed).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  return {
    demo,
    folder,
    process: child,
    printed: () => printed,
    logged: () => logged,
    startedInMs: performance.now() - started,
    async end(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}

async function ready(file: string, child: ChildProcess, printed: () => string): Promise<Demo> {
  const until = performance.now() + START_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`GeRes ended before it was ready:\n${printed()}`);
    if (performance.now() > until) throw new Error(`GeRes was not ready in ${START_MS} ms:\n${printed()}`);
    const demo = await readFile(file, 'utf8').then((text) => JSON.parse(text) as Demo, () => undefined);
    if (demo && (await fetch(`${demo.baseUrl}/health/ready`).then(({ ok }) => ok, () => false))) return demo;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
