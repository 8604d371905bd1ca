import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A simulator of ANPR and PDND in a process of its own, as a vendor starts it. */
export interface Simulator {
  readonly url: string;
  /** One call to its control API; anything but a success throws. */
  control(method: 'GET' | 'PUT' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<Response>;
  /** What the sender saw of its newest refusal, and the cause that nobody tells him. */
  refusal(): Promise<{ readonly visto: string; readonly causa: string } | undefined>;
  end(): Promise<void>;
}

const MAIN = fileURLToPath(new URL('../../../simulator/dist/main.js', import.meta.url));

/** Starts what was built, on a free port. Rejects with what it printed when it ends before it listens. */
export async function startSimulator(...args: readonly string[]): Promise<Simulator> {
  const child = fork(MAIN, ['--port', '0', ...args], { env: { PATH: process.env['PATH'] }, execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text: Buffer) => (printed += text.toString('utf8')));
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = await Promise.race([
    new Promise<string>((resolve) => child.once('message', (message) => resolve((message as { readonly ready: string }).ready))),
    ended.then(() => Promise.reject(new Error(`the simulator ended before it listened:\n${printed}`))),
  ]);
  const control: Simulator['control'] = async (method, path, body) => {
    const answer = await fetch(`${url}/controllo/${path}`, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
  return {
    url,
    control,
    async refusal() {
      const [newest] = (await (await control('GET', 'diagnosi')).json()) as readonly { readonly visto: string; readonly cause: readonly { readonly codice: string }[] }[];
      return newest && { visto: newest.visto, causa: newest.cause.map(({ codice }) => codice).join(' ') };
    },
    async end() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
    },
  };
}
