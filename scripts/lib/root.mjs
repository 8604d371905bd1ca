import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
/** The Node that the repository pins, whatever the machine has. */
export const node = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
/** A command line on Windows, which needs a shell. */
export const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
