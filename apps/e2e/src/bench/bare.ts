import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Bare {
  readonly url: string;
  readonly token: string;
  close(): Promise<void>;
}

/** Starts the bare pipeline in a process of its own, as GeRes has one. */
export function startBare(simulator: string): Promise<Bare> {
  const child = fork(fileURLToPath(new URL('./bare.child.js', import.meta.url)), [simulator], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the bare pipeline ended with ${code}`)));
    child.once('message', (message: { readonly url: string; readonly token: string }) =>
      resolve({
        ...message,
        close: () =>
          new Promise((ended) => {
            child.once('exit', () => ended());
            child.kill('SIGTERM');
          }),
      }),
    );
  });
}
