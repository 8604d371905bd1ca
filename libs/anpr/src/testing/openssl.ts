import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ran = promisify(execFile);

/** Files last as long as the command: `{name}` in an argument is the path of that file. Errors: what openssl has written on standard error. */
async function run(args: readonly string[], files: Readonly<Record<string, string | Buffer>>): Promise<{ readonly stdout: Buffer; readonly stderr: Buffer }> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-openssl-'));
  try {
    await Promise.all(Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)));
    return await ran('openssl', args.map((arg) => arg.replace(/\{(.+)\}/, (_, name: string) => join(folder, name))), { encoding: 'buffer' });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What openssl makes. */
export const openssl = async (...given: Parameters<typeof run>): Promise<Buffer> => (await run(...given)).stdout;

/** What openssl says of it: `req -verify` fails in words alone. */
export const opensslSays = async (...given: Parameters<typeof run>): Promise<string> => (await run(...given)).stderr.toString();
