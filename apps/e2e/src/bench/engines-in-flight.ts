import { setTimeout as pause } from 'node:timers/promises';
import { cpuFromNow, cpuInWords } from './engines-cpu.js';
import type { Form } from './engines-form.js';
import { answered, paced, type Asker } from './engines-load.js';
import { figure, percentile, type Figure } from './figures.js';
import type { Timed } from './load.js';
import type { Responder } from './responder.js';

const IN_FLIGHT = 1000;
const ANPR_MS = 10_000;
const FAST_MS = 100;
/** After as long as ANPR takes, and this, as many are in flight as will be: from then on it is measured. */
const SETTLING_MS = 3000;
const MEASURED_S = 12;
const PROBES_PER_SECOND = 25;
const GROWTH = 1.25;

interface Seen {
  readonly malformed: readonly number[];
  readonly accepted: readonly number[];
  readonly inFlight: number;
  readonly cpu: string;
}

/**
 * Callers come at one pace, first while ANPR answers in a tenth of a second, then in ten: the same work in each second, and a hundred times as many in flight. What the
 * gateways take for what they do by themselves must not grow. `atMost`: lookups per second that this machine can do; where it could not keep the pace ANPR takes longer instead.
 */
export async function manyInFlight(form: Form, asker: Asker, comuni: readonly string[], people: readonly string[], atMost: number, responder: Responder, say: (text: string) => void): Promise<readonly Figure[]> {
  const perSecond = Math.max(40, Math.min(IN_FLIGHT / (ANPR_MS / 1000), 0.7 * atMost));
  const slowMs = Math.round((IN_FLIGHT / perSecond) * 1000);
  const run = async (anprMs: number): Promise<Seen> => {
    await responder.delay({ minMs: anprMs, maxMs: anprMs });
    const malformed: Timed[] = [];
    const accepted: Timed[] = [];
    const counted: number[] = [];
    const lookups = paced(perSecond, (anprMs + SETTLING_MS) / 1000 + MEASURED_S, (index) => asker.ask(comuni[index % comuni.length]!, people[index % people.length]!, 'wait=50'));
    await pause(anprMs + SETTLING_MS);
    const used = cpuFromNow();
    await paced(PROBES_PER_SECOND, MEASURED_S - 1, async (index) => {
      if (index % PROBES_PER_SECOND === 0) counted.push((await form.inFlight()).reduce((sum, one) => sum + one, 0));
      // A few of them are lookups that do not wait: their 202 says that the record is durable.
      if (index % 5 === 0) accepted.push(await asker.ask(comuni[index % comuni.length]!, people[index % people.length]!, 'respond-async'));
      else malformed.push(await asker.malformed(comuni[0]!));
    });
    const cpu = cpuInWords(used(), perSecond);
    answered(`ricerche con ANPR a ${anprMs} ms`, await lookups);
    answered('domande malformate', malformed, 400);
    answered('202', accepted, 202);
    return { malformed: malformed.map(({ ms }) => ms), accepted: accepted.map(({ ms }) => ms), inFlight: percentile(counted, 0.5), cpu };
  };
  // Before and after: a machine that drifts drifts for both.
  const before = await run(FAST_MS);
  const many = await run(slowMs);
  const after = await run(FAST_MS);
  const few: Seen = { malformed: [...before.malformed, ...after.malformed], accepted: [...before.accepted, ...after.accepted], inFlight: Math.max(before.inFlight, after.inFlight), cpu: after.cpu };
  await responder.delay({ minMs: 0, maxMs: 0 });
  say(`  CPU di un core con poche in volo: ${few.cpu}`);
  say(`  CPU di un core con molte in volo: ${many.cpu}`);
  const grown = (of: 'malformed' | 'accepted', share: number): Figure => {
    const [value, limit] = [percentile(many[of], share), percentile(few[of], share)];
    const what = of === 'malformed' ? 'risposta del solo gateway (400)' : 'fino alla registrazione durevole (202)';
    return figure(`${what} con ${IN_FLIGHT} ricerche in volo, p${share * 100}`, value, 'ms', { limit, ...(share === 0.5 ? { target: `≤ ${GROWTH} × con poche in volo`, met: value <= GROWTH * limit } : {}) });
  };
  return [
    figure(`ricerche in volo in un connettore, ANPR a ${Math.round(slowMs / 1000)} s ciascuna, ${Math.round(perSecond)} nuove al secondo`, many.inFlight, '', { limit: few.inFlight, target: `≥ ${IN_FLIGHT}`, met: many.inFlight >= IN_FLIGHT }),
    grown('malformed', 0.5),
    grown('malformed', 0.99),
    grown('accepted', 0.5),
    grown('accepted', 0.99),
  ];
}
