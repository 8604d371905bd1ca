import { buildRichiesta3002, envelope } from '@geres/anpr/protocol/soap';
import { newUlid } from '@geres/platform';
import type { Running } from '../installation.js';
import { figure, percentile, type Figure } from './figures.js';
import { client, concurrently } from './load.js';
import { delay, lookupBody, soapQuestion } from './questions.js';

interface Band {
  readonly name: string;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Delays of ANPR as GovWay's documentation bands them. */
const BANDS: readonly Band[] = [
  { name: '0', minMs: 0, maxMs: 0 },
  { name: '50–100', minMs: 50, maxMs: 100 },
  { name: '200–1000', minMs: 200, maxMs: 1000 },
];
const CALLERS = [1, 50, 200] as const;

/**
 * Added latency: the same question through GeRes and straight to the simulator, which is equally slow to both; the difference is taken question by question.
 * The two ways take turns in blocks, so that a machine that drifts slows both.
 */
export async function latency(geres: Running, people: readonly string[]): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const band of BANDS) {
    await delay(geres.demo.simulatore, band);
    for (const callers of CALLERS) {
      const added = await addedLatency(geres, people, callers, questions(callers, band));
      const of = (share: number): number => percentile(added, share);
      const name = (p: string): string => `latenza aggiunta, ${callers} chiamanti, ANPR ${band.name} ms, ${p}`;
      const target = callers === 50 ? TARGETS[band.name] : undefined;
      figures.push(
        figure(name('p50'), of(0.5), 'ms', target ? { target: `≤ ${target.p50} ms`, met: of(0.5) <= target.p50 } : {}),
        figure(name('p95'), of(0.95), 'ms'),
        figure(name('p99'), of(0.99), 'ms', target?.p99 ? { target: `≤ ${target.p99} ms`, met: of(0.99) <= target.p99 } : {}),
      );
    }
  }
  await delay(geres.demo.simulatore, BANDS[0]!);
  return figures;
}

const TARGETS: Readonly<Record<string, { readonly p50: number; readonly p99?: number }>> = { '50–100': { p50: 6 }, '200–1000': { p50: 3, p99: 20 } };

/** Enough for a percentile, few enough for a minute. */
const questions = (callers: number, { maxMs }: Band): number => (maxMs === 0 ? Math.max(300, callers * 20) : maxMs <= 100 ? Math.max(100, callers * 20) : Math.max(30, callers * 12));

async function addedLatency({ demo }: Running, people: readonly string[], callers: number, total: number): Promise<readonly number[]> {
  const through = client(demo.baseUrl, callers);
  const direct = client(demo.simulatore, callers);
  const person = (index: number): string => people[index % people.length]!;
  const headers = { authorization: `Bearer ${demo.token}`, 'content-type': 'application/json' };
  const path = `/api/v1/comuni/${demo.comuni[0]!.codiceCatastale}/richieste`;
  const blocks = 3;
  const size = Math.ceil(total / blocks);
  const added: number[] = [];
  for (let block = 0; block < blocks; block++) {
    const at = (index: number): string => person(block * size + index);
    const one = await concurrently(size, callers, (index) => direct.post('/ANPR3000ServiziConsultazione/AnprService3000', SOAP, envelope(buildRichiesta3002(soapQuestion(newUlid(), at(index))))));
    const two = await concurrently(size, callers, (index) => through.post(path, headers, lookupBody(demo, at(index))));
    const failed = [...one.results, ...two.results].find(({ status }) => status !== 200);
    if (failed) throw new Error(`a question was answered with ${failed.status}`);
    two.results.forEach(({ ms }, index) => added.push(ms - one.results[index]!.ms));
  }
  await Promise.all([through.close(), direct.close()]);
  return added;
}

const SOAP = { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' };
