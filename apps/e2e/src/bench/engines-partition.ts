import { answered, paced, type Asker } from './engines-load.js';
import { figure, percentile, type Figure } from './figures.js';
import type { Responder } from './responder.js';

const SECONDS = 8;
const ROUNDS = 2;
/** Longer than a round. */
const SLOW_MS = 15_000;
/** What the slow one is given at once: its places in flight and a queue behind them. */
export const SLOW_IN_FLIGHT = 100;
const SLOW_WAITING = 200;
const GROWTH = 1.25;

/**
 * Comuni that share one partition, and so one connector and one order of commands; the ANPR of one of them takes a quarter of a minute, its places are taken and as many
 * again wait behind them. The others are asked at one pace without and with it, in turn.
 */
export async function oneSlowComune(asker: Asker, { slow, others }: { readonly slow: string; readonly others: readonly string[] }, people: readonly string[], slowly: Responder, perSecond: number, idle: () => Promise<void>): Promise<readonly Figure[]> {
  const ms = { without: [] as number[], with: [] as number[] };
  let next = 0;
  const round = async (into: number[]): Promise<void> => {
    const results = await paced(perSecond, SECONDS, () => {
      next += 1;
      return asker.ask(others[(next * 7) % others.length]!, people[next % people.length]!);
    });
    into.push(...answered('un altro Comune', results).map((one) => one.ms));
  };
  let accepted = 0;
  for (let turn = 0; turn < ROUNDS; turn++) {
    await round(ms.without);
    await slowly.delay({ minMs: SLOW_MS, maxMs: SLOW_MS });
    const crowd = await Promise.all(Array.from({ length: SLOW_IN_FLIGHT + SLOW_WAITING }, (_, index) => asker.ask(slow, people[index % people.length]!, 'respond-async')));
    accepted += answered('il Comune lento', crowd, 202).length;
    await round(ms.with);
    // What waits behind is answered at once, when it leaves: the next round finds it idle.
    await slowly.delay({ minMs: 0, maxMs: 0 });
    await idle();
  }
  const grown = (share: number): Figure => {
    const [value, limit] = [percentile(ms.with, share), percentile(ms.without, share)];
    return figure(`gli altri ${others.length} Comuni della partizione mentre uno è lento, p${share * 100}`, value, 'ms', { limit, ...(share === 0.5 ? { target: `≤ ${GROWTH} × senza il lento`, met: value <= GROWTH * limit } : {}) });
  };
  return [figure('accettate intanto dal Comune lento', accepted / ROUNDS, ''), grown(0.5), grown(0.99)];
}
