import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const DIST = new URL('../../dist/', import.meta.url);

/** Another process runs what was compiled. */
export const compiled: boolean = existsSync(new URL('embedded/index.js', DIST));
export const needsCompiled = compiled ? '' : ': needs libs/platform/dist (npm run build)';

/** A part of this library, as another process imports it: `part('event-store')`. */
export const part = (name: string): string => JSON.stringify(new URL(`${name}/index.js`, DIST).href);

export interface Child {
  readonly pid: number;
  /** The next line that it writes; rejects with what it complained about when it has ended. */
  line(): Promise<string>;
  /** Ends it as the system does, without a word to it. */
  kill(): Promise<void>;
}

export interface ChildOptions {
  readonly args?: readonly string[];
  /** As another user of the machine, where this one may do that. */
  readonly uid?: number;
}

/** A process of its own that runs `script`, an ES module; `process.argv[2]` is the first of `args`. */
export function child(script: string, { args = [], uid }: ChildOptions = {}): Child {
  const running = spawn(process.execPath, ['--input-type=module', '-', ...args], { stdio: ['pipe', 'pipe', 'pipe'], cwd: fileURLToPath(DIST), ...(uid === undefined ? {} : { uid }) });
  running.stdin.end(script);
  const ended = once(running, 'close');
  let complaints = '';
  running.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  return {
    pid: running.pid!,
    async line() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`the process has ended: ${complaints}`);
      return value;
    },
    async kill() {
      running.kill('SIGKILL');
      await ended;
    },
  };
}
