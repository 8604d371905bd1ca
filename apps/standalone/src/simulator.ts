import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ended } from './ended.js';

export interface Simulator {
  readonly url: string;
  /** Resolves when its process has ended. */
  stop(): Promise<void>;
}

/** The simulator did not start, or ended. The message is for whoever started GeRes. */
export class SimulatorFailed extends Error {
  override readonly name = 'SimulatorFailed';
}

const MAIN = fileURLToPath(new URL('../../simulator/dist/main.js', import.meta.url));
const START_MS = 30_000;
const STOP_MS = 5000;

/** Starts the TEST environment's ANPR in a process of its own; it ends with this one. `folder`: where its authority keeps its key, so that certificates outlive it. `onEnd` is told when it ends by itself. */
export function startSimulator(port: number, folder: string, onEnd: (code: number | null) => void): Promise<Simulator> {
  // Not in the terminal's group: Ctrl+C is for GeRes, which stops the simulator when nothing needs it any more. Should GeRes be killed, the channel between them closes.
  const child = fork(MAIN, ['--port', String(port)], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: [], env: { ...process.env, GERES_SIMULATOR_DATA: folder }, detached: process.platform !== 'win32' });
  let complaint = '';
  child.stderr?.on('data', (text: Buffer) => {
    complaint = (complaint + text.toString('utf8')).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new SimulatorFailed('il simulatore non è partito in tempo'));
    }, START_MS);
    let stopping = false;
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new SimulatorFailed(complaint.trim() || `il simulatore è terminato con codice ${code}`));
      if (!stopping) onEnd(code);
    });
    child.once('message', (message: { readonly ready: string }) => {
      clearTimeout(late);
      resolve({
        url: message.ready,
        stop: () => {
          stopping = true;
          return ended(child, STOP_MS);
        },
      });
    });
  });
}
