import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { node, npm, root } from './root.mjs';

/** The pinned Node comes first for whatever is started. */
export const environment = (more = {}) => ({ ...process.env, PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`, ...more });

/** Runs a script with the pinned Node and waits; throws, with what was being done, when it fails. */
export function runNode(what, args, options = {}) {
  const { status, signal } = spawnSync(node, args, { cwd: root, stdio: 'inherit', env: environment(), ...options });
  if (status !== 0) throw new Error(`${what}: fallito (${signal ?? `codice ${status}`})`);
}

/** Runs a tool of the repository, by the name of its package, with the pinned Node; resolves to what it said. */
export function outputOf([tool, ...args], env = {}) {
  const folder = join(root, 'node_modules', tool);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const { status, stdout, stderr } = spawnSync(node, [join(folder, bin[tool]), ...args], { cwd: root, encoding: 'utf8', env: environment(env), maxBuffer: 64 * 1024 * 1024 });
  return { status, output: `${stdout}${stderr}` };
}

/** Runs a script of package.json and waits; throws when it fails. */
export function npmRun(script, ...args) {
  const { status, signal } = spawnSync(npm, ['run', '--silent', script, '--', ...args], { cwd: root, stdio: 'inherit', env: environment(), shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`npm run ${[script, ...args].join(' ')}: fallito (${signal ?? `codice ${status}`})`);
}

/** Becomes the given script: same terminal, same signals, same exit code. */
export function become(args, env = {}) {
  const child = spawn(node, args, { stdio: 'inherit', env: environment(env) });
  child.on('error', (error) => {
    say(error.message);
    process.exit(1);
  });
  // Whoever stops this process stops the other with it. A terminal sends Ctrl+C to both: then it is not passed on.
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  // A shell between npm and this process dies of a signal without passing it on.
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || child.kill('SIGTERM'), 500).unref();
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
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
