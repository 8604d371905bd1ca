import { writeDurably } from '@geres/platform/embedded';
import type { InstallationKeys } from '@geres/platform/config';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';

export type BusKeys = InstallationKeys['busKeys'];

/** The keys of the bus of this machine's installation, made at its first start. */
export async function busKeysIn(file: string): Promise<BusKeys> {
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (known !== undefined) return JSON.parse(known) as BusKeys;
  const made = (): string => randomBytes(32).toString('base64');
  const keys: BusKeys = { lookups: made(), connections: made(), settling: made() };
  await writeDurably(file, JSON.stringify(keys, null, 2));
  return keys;
}
