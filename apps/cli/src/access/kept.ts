import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** What an administrator's sign-in left on this computer, by issuer. The refresh token turns over at each use and ends with the session, after ten hours. */
const Access = z.object({ accessToken: z.string(), expiresAt: z.iso.datetime(), refreshToken: z.string() });
export type Access = z.infer<typeof Access>;
const Kept = z.record(z.string(), Access);

const fileOf = (env: NodeJS.ProcessEnv): string => join(env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config'), 'geres', 'accessi.json');

async function all(file: string): Promise<Record<string, Access>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}';
    throw error;
  });
  try {
    return Kept.parse(JSON.parse(text));
  } catch {
    return {}; // signing in again writes it anew
  }
}

export const keptAccess = async (issuer: string, env = process.env): Promise<Access | undefined> => (await all(fileOf(env)))[issuer];

/** Readable by this user alone. Absent: forgotten. */
export async function keepAccess(issuer: string, access: Access | undefined, env = process.env): Promise<void> {
  const file = fileOf(env);
  const { [issuer]: _, ...others } = await all(file);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, `${JSON.stringify(access ? { ...others, [issuer]: access } : others, null, 2)}\n`, { mode: 0o600 });
  await rename(beside, file);
}
