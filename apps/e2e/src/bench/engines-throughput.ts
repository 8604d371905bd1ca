import { cpuFromNow, cpuInWords } from './engines-cpu.js';
import { answered, type Asker } from './engines-load.js';
import { concurrently } from './load.js';
import type { Responder } from './responder.js';

/** Of each Comune of the group whose ANPR is the bottleneck: so many questions in flight, each of so long. */
export const AT_ONCE = 4;
const ANPR_MS = 1000;
const SECONDS = 10;
const SETTLING = 2;

/** Lookups per second of 50 callers while ANPR answers at once: what the machine can do. */
export async function atMost(asker: Asker, comuni: readonly string[], people: readonly string[], say: (text: string) => void): Promise<number> {
  const ask = (index: number) => asker.ask(comuni[index % comuni.length]!, people[index % people.length]!);
  await concurrently(200, 50, ask);
  const used = cpuFromNow();
  const { results, ms } = await concurrently(2000, 50, ask);
  const perSecond = answered('ricerche al secondo', results).length / (ms / 1000);
  say(`  CPU di un core, e a ricerca: ${cpuInWords(used(), perSecond)}`);
  return perSecond;
}

/** Lookups per second while every Comune has more to ask than its ANPR takes at once, beside what their ANPR can answer at most. */
export async function whileAnprIsSlow(asker: Asker, comuni: readonly string[], people: readonly string[], responder: Responder, say: (text: string) => void): Promise<{ readonly perSecond: number; readonly limit: number }> {
  await responder.delay({ minMs: ANPR_MS, maxMs: ANPR_MS });
  const started = performance.now();
  const [from, until] = [started + SETTLING * 1000, started + (SETTLING + SECONDS) * 1000];
  let done = 0;
  const results: Awaited<ReturnType<Asker['ask']>>[] = [];
  const used = cpuFromNow();
  await Promise.all(
    comuni.flatMap((comune) =>
      // Twice as many as may leave: one always waits for its turn.
      Array.from({ length: 2 * AT_ONCE }, async (_, caller) => {
        for (let n = 0; performance.now() < until; n++) {
          results.push(await asker.ask(comune, people[(caller * 37 + n) % people.length]!));
          if (performance.now() >= from && performance.now() < until) done += 1;
        }
      }),
    ),
  );
  answered('ricerche al secondo con ANPR lenta', results);
  const perSecond = done / SECONDS;
  say(`  ${comuni.length} Comuni, CPU di un core, e a ricerca: ${cpuInWords(used(), perSecond)}`);
  await responder.delay({ minMs: 0, maxMs: 0 });
  return { perSecond, limit: comuni.length * AT_ONCE * (1000 / ANPR_MS) };
}
