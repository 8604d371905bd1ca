import { client, concurrently, type Timed } from './load.js';
import type { Asking } from './fleet.js';
import { lookupBody } from './questions.js';

/** Whoever asks an installation: of the one process, or of the gateways in turn. */
export interface Asker {
  /** One lookup. */
  ask(comune: string, person: string, prefer?: string): Promise<Timed>;
  /** A question that the gateway refuses by itself, once it has verified token and rights: what the way in costs alone. */
  malformed(comune: string): Promise<Timed>;
  close(): Promise<void>;
}

export function askerOf(origins: readonly string[], { token, motivi }: Asking, connections: number): Asker {
  const clients = origins.map((origin) => client(origin, Math.ceil(connections / origins.length)));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  let turn = 0;
  const post = (comune: string, body: string, more: Readonly<Record<string, string>> = {}): Promise<Timed> => clients[turn++ % clients.length]!.post(`/api/v1/comuni/${comune}/richieste`, { ...headers, ...more }, body);
  return {
    ask: (comune, person, prefer) => post(comune, lookupBody({ motivi }, person), prefer === undefined ? {} : { prefer }),
    malformed: (comune) => post(comune, '{}'),
    close: async () => void (await Promise.all(clients.map((one) => one.close()))),
  };
}

/** Every result must have that status, but for the few that a machine which others keep busy finds without fresh rights (503): they are left out of the figures, and it says how many. */
export function answered(what: string, results: readonly Timed[], status = 200): readonly Timed[] {
  const good = results.filter((one) => one.status === status);
  const other = results.find((one) => one.status !== status && one.problem !== 'urn:geres:problema:diritti-non-verificabili');
  if (other || good.length < 0.9 * results.length) {
    const { status: got, problem = '' } = other ?? results.find((one) => one.status !== status)!;
    throw new Error(`${what}: ${got} ${problem}, ${results.length - good.length} of ${results.length} were not answered with ${status}`);
  }
  if (good.length < results.length) process.stderr.write(`  ${what}: ${results.length - good.length} su ${results.length} rifiutate perché i diritti non erano freschi, fuori dalle cifre\n`);
  return good;
}

/** Does `task` so many times a second, whatever becomes of those before; resolves with all that came of them. */
export async function paced<T>(perSecond: number, seconds: number, task: (index: number) => Promise<T>): Promise<readonly T[]> {
  const total = Math.round(perSecond * seconds);
  const started = performance.now();
  const all: Promise<T>[] = [];
  while (all.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * perSecond) + 1);
    while (all.length < due) all.push(task(all.length));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return Promise.all(all);
}

/** What is first in an installation is made at its first use: secrets of the month, registers of the day, sockets. One question in each Comune, so that none of it is measured. */
export async function warmUp(asker: Asker, comuni: readonly string[], person: string): Promise<void> {
  const { results } = await concurrently(comuni.length, 8, async (index) => {
    for (let again = 0; ; again++) {
      const timed = await asker.ask(comuni[index]!, person);
      if (timed.status === 200 || again === 5) return timed;
    }
  });
  answered('warming up', results);
}
