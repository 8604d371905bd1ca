import { rm } from 'node:fs/promises';
import { startGeres, temporaryFolder, type Running } from '../installation.js';
import { issuer } from './certificates.js';
import { figure, percentile, type Figure } from './figures.js';
import { addComuni, type Member } from './fleet.js';
import { client, concurrently, mustHaveSucceeded, type Timed } from './load.js';
import { MIB, resident } from './memory.js';
import { lookupBody } from './questions.js';
import { wsAt, type Responder } from './responder.js';

const COMUNI = 2000;
const STARTS = 3;
/** No Comune of the demo has a code with one of these. */
const LETTERS = 'GI';

/**
 * An installation for 2,000 Comuni, each with its signed connection, its certificate and its convention: start and memory beside one with three, a lookup in the last
 * of them, and the memory once each has asked. The certificates are 2,000, the key in them is the same: to make as many would take longer than the rest.
 */
export async function thousands(responder: Responder, say: (text: string) => void): Promise<readonly Figure[]> {
  const folder = await temporaryFolder();
  try {
    const first = await startGeres(folder);
    await first.end();
    const few = await starts(folder);
    const keys = issuer();
    const members = Array.from({ length: COMUNI }, (_, index): Member => {
      const istat = String(300_001 + index);
      return { comune: `${LETTERS[Math.floor(index / 1000)]!}${String(index % 1000).padStart(3, '0')}`, istat, channel: 'ws', settings: wsAt(responder.url, istat, 'wss'), kept: keys.issue(istat) };
    });
    say('  2.000 Comuni, ciascuno con il suo certificato');
    await addComuni(first, members);
    const many = await starts(folder);
    const running = await startGeres(folder);
    try {
      const { pid } = running.process;
      const ask = asking(running);
      const idle = await resident(pid!);
      const last = await ask(members.at(-1)!.comune);
      const again = percentile((await concurrently(20, 1, () => ask(members.at(-1)!.comune))).results, 0.5);
      say('  una ricerca in ciascun Comune');
      await concurrently(COMUNI, 4, (index) => ask(members[index]!.comune));
      const all = await resident(pid!);
      return [
        figure('avvio con 2.000 Comuni', many.ms, 'ms', { limit: few.ms }),
        ...(few.bytes === undefined || idle === undefined || all === undefined
          ? []
          : [
              figure('memoria (RSS) a riposo con 2.000 Comuni', idle / MIB, 'MiB', { limit: few.bytes / MIB }),
              figure('memoria (RSS) dopo una ricerca firmata in ciascuno dei 2.000', all / MIB, 'MiB', { limit: few.bytes / MIB }),
            ]),
        figure('prima ricerca nell’ultimo dei 2.000 Comuni', last, 'ms'),
        figure('le successive, mediana', again, 'ms'),
      ];
    } finally {
      await running.end();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Medians of some starts; memory once ready. */
async function starts(folder: string): Promise<{ readonly ms: number; readonly bytes: number | undefined }> {
  const ms: number[] = [];
  const bytes: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const geres = await startGeres(folder);
    ms.push(geres.startedInMs);
    bytes.push((await resident(geres.process.pid!)) ?? Number.NaN);
    await geres.end();
  }
  const middle = percentile(bytes, 0.5);
  return { ms: percentile(ms, 0.5), bytes: Number.isNaN(middle) ? undefined : middle };
}

function asking({ demo }: Running): (comune: string) => Promise<number> {
  const one = client(demo.baseUrl, 4);
  const headers = { authorization: `Bearer ${demo.token}`, 'content-type': 'application/json' };
  return async (comune) => {
    const post = (): Promise<Timed> => one.post(`/api/v1/comuni/${comune}/richieste`, headers, lookupBody(demo, demo.persone[0]!.codiceFiscale));
    let timed = await post();
    // On a machine that others keep busy one may find no rights that are fresh.
    for (let again = 0; timed.status === 503 && again < 3; again++) timed = await post();
    mustHaveSucceeded(comune, [timed]);
    return timed.ms;
  };
}
