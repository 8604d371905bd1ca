import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { writeDurably } from '@geres/platform/embedded';

const SCRIPT = fileURLToPath(new URL('../../../../scripts/engines.mjs', import.meta.url));
const NAMES = ['eventstoredb', 'kafka', 'mongodb'] as const;
type Name = (typeof NAMES)[number];

/** Where engines are that are there already. */
export type GivenEngines = { readonly [N in Name]?: string | undefined };

export interface Engines {
  readonly addresses: Readonly<Record<Name, string>>;
  /** Names of those that only stand in for the real one. */
  readonly standIns: readonly Name[];
  stop(): Promise<void>;
}

interface Said {
  readonly address: string;
  readonly ports: readonly number[];
  readonly standIn?: boolean;
}

/** An engine did not come up, or ended by itself. The message is for whoever started GeRes. */
export class EngineFailed extends Error {
  override readonly name = 'EngineFailed';
}

/** Starts those that are not given, each on its folder and on the ports it had before; they end with this process. Errors: `EngineFailed`. */
export async function startEngines(folder: string, given: GivenEngines, onEnd: (name: string) => void): Promise<Engines> {
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const started = await Promise.all(NAMES.map(async (name) => [name, given[name] === undefined ? await startEngine(name, join(folder, name), onEnd) : { said: { address: given[name], ports: [] }, stop: () => Promise.resolve() }] as const));
  return {
    addresses: Object.fromEntries(started.map(([name, { said }]) => [name, said.address])) as Record<Name, string>,
    standIns: started.filter(([, { said }]) => (said as Said).standIn === true).map(([name]) => name),
    stop: async () => void (await Promise.all(started.map(([, { stop }]) => stop()))),
  };
}

async function startEngine(name: Name, folder: string, onEnd: (name: string) => void): Promise<{ readonly said: Said; stop(): Promise<void> }> {
  const file = `${folder}.porte.json`;
  const before = await readFile(file, 'utf8').then((text) => (JSON.parse(text) as readonly number[]).join(), () => undefined);
  const child = spawn(process.execPath, [SCRIPT, 'run', name, '--data', folder, ...(before === undefined ? [] : ['--ports', before])], { stdio: ['ignore', 'pipe', 'pipe'], detached: process.platform !== 'win32' });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (complaint = (complaint + text).slice(-2000)));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const said = await Promise.race([
    firstLine(child),
    ended.then(() => {
      throw new EngineFailed(`${name} non è partito:\n${complaint.trim()}`);
    }),
  ]);
  await writeDurably(file, JSON.stringify(said.ports));
  let stopping = false;
  void ended.then(() => stopping || onEnd(name));
  return {
    said,
    stop() {
      stopping = true;
      child.kill('SIGTERM');
      return ended;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<Said> {
  for await (const line of createInterface({ input: child.stdout! })) return JSON.parse(line) as Said;
  return new Promise(() => undefined); // it has ended: told by its exit
}
