import type { AskLookup, LookupOutcome } from '@geres/contracts';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FromChild, Plan, ToChild } from './steps.js';

const MAIN = fileURLToPath(new URL('../../dist/crash/connector.child.js', import.meta.url));

/** A connector in a process of its own, until it dies. */
export interface ConnectorProcess {
  /** Nothing comes of it when the process has died. */
  send(command: AskLookup): void;
  /** Sets its clock, as far ahead of the machine's. */
  setClock(aheadMs: number): void;
  /** Resolves when it has died; `byItself`: nobody killed it from here. */
  readonly died: Promise<{ readonly byItself: boolean; readonly signal: NodeJS.Signals | null }>;
  kill(): void;
  /** Closes what was left open and ends in order. Errors: it did not. */
  rest(): Promise<void>;
}

interface Listener {
  readonly onTaken: (command: string) => void;
  readonly onAnswer: (to: string, outcome: LookupOutcome) => void;
}

/** Resolves when it takes commands. Errors: what it printed when it ended before. */
export async function startConnector(plan: Plan, { onTaken, onAnswer }: Listener): Promise<ConnectorProcess> {
  const child = fork(MAIN, [JSON.stringify(plan)], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], execArgv: [], serialization: 'json' });
  let printed = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (text: Buffer) => (printed += text.toString('utf8')));
  let killed = false;
  const died = once(child, 'exit').then(([code, signal]: unknown[]) => ({ byItself: !killed, code: code as number | null, signal: signal as NodeJS.Signals | null }));
  const ready = Promise.withResolvers<void>();
  child.on('message', (message: FromChild) => {
    if (message.kind === 'ready') ready.resolve();
    else if (message.kind === 'taken') onTaken(message.command);
    else onAnswer(message.to, message.outcome);
  });
  const say = (message: ToChild): void => {
    // The channel of a process that dies closes under the message.
    if (child.connected) child.send(message, () => undefined);
  };
  await Promise.race([
    ready.promise,
    died.then(({ code, signal }) => {
      throw new Error(`the connector ended with ${signal ?? code} before it was ready:\n${printed}`);
    }),
  ]);
  return {
    send: (command) => say({ kind: 'command', command }),
    setClock: (aheadMs) => say({ kind: 'clock', aheadMs }),
    died,
    kill() {
      killed = true;
      child.kill('SIGKILL');
    },
    async rest() {
      say({ kind: 'rest' });
      const { code, signal } = await died;
      if (code !== 0) throw new Error(`the connector ended with ${signal ?? code} instead of resting:\n${printed}`);
    },
  };
}
