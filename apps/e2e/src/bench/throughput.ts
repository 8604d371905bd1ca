import type { Running } from '../installation.js';
import { startBare } from './bare.js';
import { figure, percentile, type Figure } from './figures.js';
import { client, concurrently } from './load.js';
import { delay, lookupBody } from './questions.js';

const CALLERS = 50;
const TOTAL = 6000;
const ROUNDS = 3;

/** Lookups per second with both events durable, beside a bare pipeline of the same work; the two take turns, and the medians are compared. */
export async function throughput({ demo }: Running, people: readonly string[], commits: number): Promise<readonly Figure[]> {
  await delay(demo.simulatore, { minMs: 0, maxMs: 0 });
  const bare = await startBare(demo.simulatore);
  const geres: number[] = [];
  const least: number[] = [];
  const path = `/api/v1/comuni/${demo.comuni[0]!.codiceCatastale}/richieste`;
  try {
    for (let round = 0; round < ROUNDS; round++) {
      geres.push(await perSecond(demo.baseUrl, path, demo.token, (index) => lookupBody(demo, people[index % people.length]!)));
      least.push(await perSecond(bare.url, '/richieste', bare.token, (index) => lookupBody(demo, people[index % people.length]!)));
    }
  } finally {
    await bare.close();
  }
  const value = percentile(geres, 0.5);
  const limit = percentile(least, 0.5);
  return [
    figure('ricerche al secondo, entrambi gli eventi durevoli', value, '/s', { limit, target: '≥ 65 % della catena nuda', met: value >= 0.65 * limit }),
    figure('ricerche al secondo accanto ai commit dell’archivio (64 scrittori)', value, '/s', { limit: commits }),
  ];
}

async function perSecond(origin: string, path: string, token: string, body: (index: number) => string): Promise<number> {
  const one = client(origin, CALLERS);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  await concurrently(300, CALLERS, (index) => one.post(path, headers, body(index)));
  const { results, ms } = await concurrently(TOTAL, CALLERS, (index) => one.post(path, headers, body(index)));
  await one.close();
  const failed = results.find(({ status }) => status !== 200);
  if (failed) throw new Error(`a lookup was answered with ${failed.status}`);
  return TOTAL / (ms / 1000);
}
