import { openSqliteEventStore } from '@geres/platform/event-store';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startGeres, temporaryFolder, type Demo, type Running } from '../installation.js';
import { fillDays, fillRegister, type Asker } from './archive.js';
import { figure, percentile, type Figure } from './figures.js';
import { client } from './load.js';
import { lookupBody } from './questions.js';

const LARGE = { days: 800, perDay: 1000, today: 200_000 };
const STARTS = 3;
const TAKEOVER_MS = 2000;
const KEPT_IN_MS = 5000;

/**
 * What a large archive costs: the start on 1 and on 1,000,000 lookups, and the first lookup of a Comune whose register of the day holds 200,000. The processes
 * are ended with SIGKILL: a start finds what a crash leaves.
 */
export async function archiveSize(say: (text: string) => void): Promise<readonly Figure[]> {
  const folder = await temporaryFolder();
  try {
    const first = await startGeres(folder);
    await lookupMs(first);
    await first.end('SIGKILL');
    const small = await starts(folder);

    say('  un milione di ricerche nell’archivio');
    await fill(join(folder, 'data', 'events.db'), first.demo);
    const restored = await startGeres(folder);
    say('  proiezioni dell’archivio grande');
    await projected(restored);
    const unfolded = await lookupMs(restored);
    // A register is kept aside soon after it was folded; a crash in that very moment costs the fold once more.
    await new Promise((resolve) => setTimeout(resolve, KEPT_IN_MS));
    await restored.end('SIGKILL');

    const large = await starts(folder);
    const taking = await startGeres(folder);
    const takeover = await lookupMs(taking);
    const ordinary = await ordinaryMs(taking);
    await taking.end('SIGKILL');
    return [
      figure('avvio su 1.000.000 di ricerche', large, 'ms', { limit: small, target: '≤ 1,5 volte l’avvio su una', met: large <= 1.5 * small }),
      figure('presa in carico di un registro con 200.000 ricerche', takeover - ordinary, 'ms', { target: `≤ ${TAKEOVER_MS} ms`, met: takeover - ordinary <= TAKEOVER_MS }),
      figure('la stessa senza nemmeno un’istantanea del registro', unfolded - ordinary, 'ms'),
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Median of some starts, from the process to the first answer of `/health/ready`. */
async function starts(folder: string): Promise<number> {
  const all: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    const geres = await startGeres(folder);
    all.push(geres.startedInMs);
    await geres.end('SIGKILL');
  }
  return percentile(all, 0.5);
}

async function fill(file: string, { comuni, applicazioni }: Demo): Promise<void> {
  const { clientId: application, ente } = applicazioni[0]!;
  const asker: Asker = { comune: comuni[0]!.codiceCatastale, ente, application };
  const store = await openSqliteEventStore({ file });
  try {
    const now = new Date();
    await fillDays(store, asker, now, LARGE);
    await fillRegister(store, asker, now, LARGE.today);
  } finally {
    await store.close();
  }
}

/** One lookup, from the question to its answer. */
async function lookupMs({ demo }: Running): Promise<number> {
  const one = client(demo.baseUrl, 1);
  const path = `/api/v1/comuni/${demo.comuni[0]!.codiceCatastale}/richieste`;
  const { ms, status } = await one.post(path, { authorization: `Bearer ${demo.token}`, 'content-type': 'application/json' }, lookupBody(demo, demo.persone[0]!.codiceFiscale));
  await one.close();
  if (status !== 200) throw new Error(`a lookup was answered with ${status}`);
  return ms;
}

async function ordinaryMs(geres: Running): Promise<number> {
  const all: number[] = [];
  for (let index = 0; index < 10; index++) all.push(await lookupMs(geres));
  return percentile(all, 0.5);
}

/** Waits until monitoring has read everything. */
async function projected({ demo }: Running): Promise<void> {
  for (;;) {
    const metrics = await fetch(`${demo.baseUrl}/metrics`).then((response) => response.text());
    const lag = /^geres_projection_lag_seconds\{projection="lookups"\} (\S+)$/m.exec(metrics)?.[1];
    if (lag !== undefined && lag !== '+Inf' && Number(lag) < 2) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
