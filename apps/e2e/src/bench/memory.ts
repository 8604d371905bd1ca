import { readFile } from 'node:fs/promises';
import type { Running } from '../installation.js';
import { figure, type Figure } from './figures.js';
import { client, concurrently } from './load.js';
import { lookupBody } from './questions.js';

export const MIB = 1024 * 1024;

/** Resident memory of the GeRes process, in bytes; `undefined` where the system does not tell. */
export async function resident(pid: number): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

/** Idle just after the start, and the most that is seen under load. */
export async function memory({ demo, process: { pid } }: Running, people: readonly string[]): Promise<readonly Figure[]> {
  const idle = await resident(pid!);
  if (idle === undefined) return [];
  let most = idle;
  const one = client(demo.baseUrl, 50);
  const headers = { authorization: `Bearer ${demo.token}`, 'content-type': 'application/json' };
  const path = `/api/v1/comuni/${demo.comuni[0]!.codiceCatastale}/richieste`;
  const watching = setInterval(() => void resident(pid!).then((now) => (most = Math.max(most, now ?? 0))), 200);
  await concurrently(10_000, 50, (index) => one.post(path, headers, lookupBody(demo, people[index % people.length]!)));
  clearInterval(watching);
  await one.close();
  return [figure('memoria (RSS) a riposo', idle / MIB, 'MiB'), figure('memoria (RSS) sotto carico', most / MIB, 'MiB', { target: '≤ 400 MiB', met: most / MIB <= 400 })];
}
