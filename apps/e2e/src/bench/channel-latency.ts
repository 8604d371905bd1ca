import { buildRichiesta3002, envelope } from '@geres/anpr/protocol/soap';
import { newUlid } from '@geres/platform';
import type { Demo } from '../installation.js';
import { figure, percentile, type Figure } from './figures.js';
import { client, concurrently, mustHaveSucceeded } from './load.js';
import { lookupBody, soapQuestion } from './questions.js';
import type { Responder } from './responder.js';

const CALLERS = 50;
const PER_BLOCK = 200;
const BLOCKS = 3;
const NAMES = { plain: 'ws senza firma', signed: 'ws con WS-Security', pdnd: 'pdnd con voucher caldo' } as const;

/**
 * Added latency by channel, ANPR taking 200 to 1000 ms: the same question through GeRes and straight to the responder, which is equally slow to both; the difference
 * is taken question by question. The ways take turns in blocks.
 */
export async function addedByChannel(demo: Demo, people: readonly string[], responder: Responder, ways: Readonly<Record<keyof typeof NAMES, { readonly comune: string }>>): Promise<readonly Figure[]> {
  await responder.delay({ minMs: 200, maxMs: 1000 });
  const through = client(demo.baseUrl, CALLERS);
  const direct = client(responder.url, CALLERS);
  const headers = { authorization: `Bearer ${demo.token}`, 'content-type': 'application/json' };
  const added: Record<keyof typeof NAMES, number[]> = { plain: [], signed: [], pdnd: [] };
  for (let block = 0; block < BLOCKS; block++) {
    const person = (index: number): string => people[(block * PER_BLOCK + index) % people.length]!;
    const least = await concurrently(PER_BLOCK, CALLERS, (index) => direct.post('/ANPR3000ServiziConsultazione/AnprService3000', {}, envelope(buildRichiesta3002(soapQuestion(newUlid(), person(index))))));
    for (const way of Object.keys(NAMES) as (keyof typeof NAMES)[]) {
      const { results } = await concurrently(PER_BLOCK, CALLERS, (index) => through.post(`/api/v1/comuni/${ways[way].comune}/richieste`, headers, lookupBody(demo, person(index))));
      mustHaveSucceeded(way, results);
      results.forEach(({ ms }, index) => added[way].push(ms - least.results[index]!.ms));
    }
  }
  await Promise.all([through.close(), direct.close(), responder.delay({ minMs: 0, maxMs: 0 })]);
  return (Object.keys(NAMES) as (keyof typeof NAMES)[]).flatMap((way) => [0.5, 0.99].map((share) => figure(`latenza aggiunta, 50 chiamanti, ANPR 200–1000 ms, ${NAMES[way]}, p${share * 100}`, percentile(added[way], share), 'ms')));
}
