import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../root.mjs';

/** What runs, who keeps it running, who is starting it: one folder of the repository, which Git does not see. */
const FOLDER = join(root, '.geres-engines');
const STATE = join(FOLDER, 'state.json');
const LOCK = join(FOLDER, 'starting');
const USERS = join(FOLDER, 'users');

/** The name under which `start` keeps the engines until `stop`. */
export const EVERYBODY = 'tutti';

export function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** What runs now: `{ pid, engines, missing }`, or nothing. */
export function state() {
  try {
    const stored = JSON.parse(readFileSync(STATE, 'utf8'));
    return lives(stored.pid) ? stored : undefined;
  } catch {
    return undefined;
  }
}

export function tell(stored) {
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(`${STATE}.new`, JSON.stringify(stored, null, 2));
  renameSync(`${STATE}.new`, STATE);
}

export const forget = () => rmSync(FOLDER, { recursive: true, force: true });

/** Notes who needs the engines: `EVERYBODY`, or the pid of a process, which needs them as long as it lives. */
export function use(who) {
  mkdirSync(USERS, { recursive: true });
  writeFileSync(join(USERS, String(who)), '');
}

/** Somebody needs the engines. */
export function used() {
  try {
    return readdirSync(USERS).some((who) => who === EVERYBODY || lives(Number(who)));
  } catch {
    return false;
  }
}

/** One process at a time does `work`; the others wait for it. */
export async function alone(work) {
  mkdirSync(FOLDER, { recursive: true });
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code === 'ENOENT') mkdirSync(FOLDER, { recursive: true });
      else if (error.code !== 'EEXIST') throw error;
      removeIfLeft();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  try {
    return await work();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** The lock of a process that died with it in its hands. */
function removeIfLeft() {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    if (pid > 0 && !lives(pid)) rmSync(LOCK, { force: true });
  } catch {
    // whoever had it has let it go
  }
}
