import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a process ended, and what it had to say. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly complaint: string;
}

const MAINS = { standalone: '../../../standalone/dist/main.js', cli: '../../../cli/dist/main.js' } as const;
const TOO_LONG_MS = 120_000;

/** Runs what was built of an app to its end. One that does not end is killed, and its code is `null`. */
export function run(app: keyof typeof MAINS, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(MAINS[app], import.meta.url)), ...args], { env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'], timeout: TOO_LONG_MS, killSignal: 'SIGKILL' });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString('utf8')));
  child.stderr.on('data', (text: Buffer) => (complaint += text.toString('utf8')));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output, complaint })));
}

/** The settings with which `startGeres` works on a folder, for a process that does something else with it. */
export const settingsFor = (folder: string): Readonly<Record<string, string>> => ({ HOME: folder, GERES_DATA: `${folder}/data`, GERES_PORT: '0', GERES_SIMULATOR_PORT: '0', GERES_LOG_LEVEL: 'warn' });
