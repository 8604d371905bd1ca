import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A socket's path has at most 104 bytes on macOS, 108 on Linux. */
const LONGEST = 100;

/**
 * Where the command line reaches the installation that works on a data folder: a socket in it. Where its path is too long for one, a socket in a folder of its own
 * under the temporary folder, which both sides check to be their user's alone; on Windows a named pipe.
 */
export function controlPath(folder: string): string {
  const place = realPath(folder);
  const inside = join(place, 'control.sock');
  if (process.platform !== 'win32' && Buffer.byteLength(inside) <= LONGEST) return inside;
  const name = `geres-${createHash('sha256').update(process.platform === 'win32' ? place.toLowerCase() : place).digest('hex').slice(0, 16)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), name, 'control.sock');
}

/** One folder has one path, however it is written. */
function realPath(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return resolve(folder);
  }
}
