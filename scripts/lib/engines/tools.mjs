import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** The path of a tool of this machine, looked for in `folders` after `PATH`. */
export function tool(name, folders = []) {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), ...folders].filter(Boolean)) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      // the next folder may have it
    }
  }
  return undefined;
}

/** Runs a tool to its end, with `input` for it to read; throws with the end of what it said when it fails. */
export function finished(command, args, options = {}, input = '') {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-4000)));
    child.on('error', reject);
    child.on('close', (code) => (code === 0 ? resolve(said) : reject(new Error(`${command} ${args[0] ?? ''}: codice ${code}\n${said.trim()}`))));
  });
}

/** What was made of these files before, or is made now by `make(folder)`: kept in the user's cache, outside the repository. */
export async function cached(name, files, make) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of files) hash.update(readFileSync(file));
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'geres-engines');
  const folder = join(cache, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  const making = `${folder}.${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  try {
    await make(making);
    if (!existsSync(folder)) renameSync(making, folder);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

/** A port of this machine that nobody has now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Resolves when `holds` does, asking often; throws when it does not within a minute, or `alive` says that there is no hope. */
export async function until(what, holds, alive = () => true) {
  for (const began = Date.now(); ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    if (await holds()) return;
    if (!alive()) throw new Error(`${what}: il processo è finito`);
    if (Date.now() - began > 60_000) throw new Error(`${what}: non è pronto dopo un minuto`);
  }
}

/** Something listens on that port of this machine. */
export function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => (socket.destroy(), resolve(true)));
    socket.on('error', () => resolve(false));
  });
}
