import { buildRichiesta3002, envelope } from '@geres/anpr/protocol/soap';
import { newUlid } from '@geres/platform';
import { cpuFromNow, cpuInWords } from './engines-cpu.js';
import { answered, type Asker } from './engines-load.js';
import type { Engine, RoundTrips } from './engines-round-trips.js';
import { figure, percentile, type Figure } from './figures.js';
import { client, concurrently, type Timed } from './load.js';
import { soapQuestion } from './questions.js';
import type { Responder } from './responder.js';

/** Of each caller, in one block. */
const QUESTIONS = 10;
const BLOCKS = 3;
const ANPR = { minMs: 200, maxMs: 1000 };
const TARGET = { p50: 15, p99: 60, times: 1.5 };

export interface Compared {
  readonly embedded: Asker;
  readonly distributed: Asker;
  readonly connectors: number;
  readonly callers: number;
  readonly responder: Responder;
  readonly roundTrips: RoundTrips;
  readonly comuni: readonly string[];
  readonly people: readonly string[];
  readonly say: (text: string) => void;
}

/**
 * Added latency of both forms: the same question straight to the responder, through one process, through the services; the difference is taken question by question. The
 * engines' own round trips are taken between them, at the same pace: what the distributed form can do at best. The callers begin one after the other within ANPR's longest
 * answer: that fifty began in one instant would be told in the figures for as long as a block lasts.
 */
export async function addedByForm({ embedded, distributed, connectors, callers, responder, roundTrips, comuni, people, say }: Compared): Promise<readonly Figure[]> {
  await responder.delay(ANPR);
  const direct = client(responder.url, callers);
  const added = { embedded: [] as number[], distributed: [] as number[] };
  const engines: Record<Engine, number[]> = { kafka: [], append: [], insert: [] };
  const cpus: string[] = [];
  const inBlock = callers * QUESTIONS;
  const per = (task: (person: string, comune: string) => Promise<Timed>, block: number): Promise<readonly Timed[]> =>
    concurrently(inBlock, callers, (index) => task(people[(block * inBlock + index) % people.length]!, comuni[index % comuni.length]!), ANPR.maxMs).then(({ results }) => results);
  for (let block = 0; block < BLOCKS; block++) {
    const least = await per((person) => direct.post('/ANPR3000ServiziConsultazione/AnprService3000', {}, envelope(buildRichiesta3002(soapQuestion(newUlid(), person)))), block);
    for (const [form, asker] of [['embedded', embedded], ['distributed', distributed]] as const) {
      const used = cpuFromNow();
      const started = performance.now();
      const results = await per((person, comune) => asker.ask(comune, person), block);
      if (form === 'distributed') cpus.push(cpuInWords(used(), inBlock / ((performance.now() - started) / 1000)));
      answered(form, results);
      for (const [index, { ms, status }] of results.entries()) if (status === 200) added[form].push(ms - least[index]!.ms);
    }
    for (const engine of Object.keys(engines) as Engine[]) engines[engine].push(...(await roundTrips.atPace(engine, callers, QUESTIONS, () => ANPR.minMs + Math.random() * (ANPR.maxMs - ANPR.minMs))));
  }
  await Promise.all([direct.close(), responder.delay({ minMs: 0, maxMs: 0 })]);
  say(`  CPU di un core, e a ricerca: ${cpus.at(-1)!}`);
  const middle = (engine: Engine): number => percentile(engines[engine], 0.5);
  const least = middle('kafka') + 2 * middle('append') + middle('insert');
  const of = (form: keyof typeof added, share: number): number => percentile(added[form], share);
  const name = (form: string, p: string): string => `latenza aggiunta, ${callers} chiamanti, ANPR 200–1000 ms, ${form}, ${p}`;
  const form = `forma distribuita, ${connectors === 1 ? 'un connettore' : `${connectors} connettori`}`;
  const [p50, p99] = [of('distributed', 0.5), of('distributed', 0.99)];
  return [
    figure(`giri dei motori al passo di ${callers} chiamanti: Kafka ${ms(middle('kafka'))}, due append ${ms(2 * middle('append'))}, un insert ${ms(middle('insert'))}`, least, 'ms'),
    figure(name('forma incorporata', 'p50'), of('embedded', 0.5), 'ms'),
    figure(name('forma incorporata', 'p99'), of('embedded', 0.99), 'ms'),
    figure(name(form, 'p50'), p50, 'ms', { limit: least, target: `≤ ${TARGET.times} × i giri dei motori e ≤ ${TARGET.p50} ms`, met: p50 <= TARGET.times * least && p50 <= TARGET.p50 }),
    figure(name(form, 'p99'), p99, 'ms', { target: `≤ ${TARGET.p99} ms`, met: p99 <= TARGET.p99 }),
  ];
}

const ms = (value: number): string => value.toFixed(1).replace('.', ',');
