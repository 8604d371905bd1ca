import { outcomeOf } from './failures.js';
import { EXIT } from './outcome.js';
import { geres } from './program.js';
import { openTerminal } from './terminal.js';

// Whoever reads the results may have seen enough (`| head`): nothing is wrong, and nothing more can be said.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code }: NodeJS.ErrnoException) => process.exit(code === 'EPIPE' ? (process.exitCode ?? EXIT.done) : EXIT.refused));
}

const terminal = openTerminal();
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(EXIT.interrupted);
    stopping.abort();
  });
}

try {
  await geres({ terminal, signal: stopping.signal }).parseAsync();
} catch (error) {
  const { code, words } = outcomeOf(error);
  if (words !== undefined) terminal.say(words);
  process.exitCode = code;
}
// Standard input that was never read, or a connection that is still open, must not keep the process.
process.stdin.unref?.();
if (stopping.signal.aborted) process.exitCode = EXIT.interrupted;
