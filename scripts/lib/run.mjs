import { spawn, spawnSync } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { node, root } from './root.mjs';

/** The pinned Node comes first for whatever is started. */
export const environment = (more = {}) => ({ ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`, ...more });

/** Runs a script with the pinned Node and waits; throws, with what was being done, when it fails. */
export function runNode(what, args, options = {}) {
  const { status, signal } = spawnSync(node, args, { cwd: root, stdio: 'inherit', env: environment(), ...options });
  if (status !== 0) throw new Error(`${what}: fallito (${signal ?? `codice ${status}`})`);
}

/** Becomes the given script: same terminal, same signals, same exit code. */
export function become(args, env = {}) {
  const child = spawn(node, args, { stdio: 'inherit', env: environment(env) });
  // A terminal sends Ctrl+C to both; whoever stops only this process stops the other with it.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {});
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGKILL' ? 137 : 1)));
}

/** Says a step to people: standard error, so that standard output stays for results. */
export const say = (text) => void process.stderr.write(`${text}\n`);

/** Runs `work`; a mistake is told in one line. */
export function main(work) {
  Promise.resolve()
    .then(work)
    .catch((error) => {
      say(error.message);
      process.exit(1);
    });
}
