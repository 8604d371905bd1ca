import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const CLI = resolve(import.meta.dirname, '../../dist/main.js');
const STANDALONE = resolve(import.meta.dirname, '../../../standalone/dist/main.js');
const START_MS = 60_000;

/** Whether what these helpers start has been compiled. */
export const built = existsSync(CLI) && existsSync(STANDALONE);

export interface Run {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder of its own, and the `geres` command at work in it as a process. */
export interface Place {
  readonly folder: string;
  /** Runs one command; `input` goes to its standard input. */
  geres(args: readonly string[], more?: { readonly input?: string; readonly env?: Readonly<Record<string, string>> }): Promise<Run>;
  /** The same, not waited for. */
  spawned(args: readonly string[], env?: Readonly<Record<string, string>>): ChildProcess;
  /** Starts GeRes on `<folder>/data` and waits for it; resolves to what stops it. */
  start(): Promise<() => Promise<void>>;
  demo(): Promise<{ readonly persone: readonly { readonly codiceFiscale: string; readonly cognome: string }[]; readonly applicazioni: readonly { readonly clientId: string; readonly chiave: string }[]; readonly baseUrl: string }>;
  clear(): Promise<void>;
}

export async function newPlace(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-cli-'));
  const data = join(folder, 'data');
  const env = { PATH: process.env['PATH'], HOME: folder, GERES_DATA: data, GERES_PORT: '0', GERES_SIMULATOR_PORT: '0', GERES_LOG_LEVEL: 'silent' };
  const running = new Set<() => Promise<void>>();
  const spawned = (args: readonly string[], more: Readonly<Record<string, string>> = {}): ChildProcess => spawn(process.execPath, [CLI, ...args], { cwd: folder, env: { ...env, ...more } });
  return {
    folder,
    spawned,
    geres: (args, { input, env: more } = {}) =>
      new Promise((done) => {
        const child = spawned(args, more);
        let [out, err] = ['', ''];
        child.stdout!.on('data', (text: Buffer) => (out += text.toString()));
        child.stderr!.on('data', (text: Buffer) => (err += text.toString()));
        child.stdin!.on('error', () => undefined).end(input ?? '');
        child.once('close', (code) => done({ code, out, err }));
      }),
    async start() {
      const child = spawn(process.execPath, [STANDALONE], { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = new Promise<void>((done) => child.once('exit', () => done()));
      await new Promise<void>((ready, reject) => {
        const late = setTimeout(() => reject(new Error('GeRes was not ready in time')), START_MS);
        let out = '';
        child.stdout.on('data', (text: Buffer) => {
          out += text.toString();
          if (out.includes('Per fermare')) ready();
        });
        child.once('exit', () => reject(new Error(`GeRes ended before it was ready:\n${out}`)));
        child.once('exit', () => clearTimeout(late)).stdout.once('close', () => clearTimeout(late));
      });
      const stop = async (): Promise<void> => {
        child.kill('SIGTERM');
        await ended;
        running.delete(stop);
      };
      running.add(stop);
      return stop;
    },
    demo: async () => JSON.parse(await readFile(join(data, 'demo.json'), 'utf8')) as never,
    async clear() {
      for (const stop of running) await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
