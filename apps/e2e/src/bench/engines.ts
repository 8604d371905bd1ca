import { rm } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { startGeres, temporaryFolder, type Running } from '../installation.js';
import { startForm, type Form } from './engines-form.js';
import { manyInFlight } from './engines-in-flight.js';
import { addedByForm } from './engines-latency.js';
import { askerOf, warmUp } from './engines-load.js';
import { membersOf, type Members } from './engines-members.js';
import { oneSlowComune } from './engines-partition.js';
import { openRoundTrips, type Engine } from './engines-round-trips.js';
import { atMost, whileAnprIsSlow } from './engines-throughput.js';
import { figure, type Figure } from './figures.js';
import { addComuni } from './fleet.js';
import { people as peopleOf } from './questions.js';
import { startResponder, type Responder } from './responder.js';

const TARGET = 1.7;
const MOST_CONNECTIONS = 3000;
const ENGINES: Readonly<Record<Engine, 'kafka' | 'eventstoredb' | 'mongodb'>> = { kafka: 'kafka', append: 'eventstoredb', insert: 'mongodb' };

/** The distributed form beside the embedded one, with one connector and with two, and what its engines take by themselves. */
export async function engines(say: (text: string) => void): Promise<readonly Figure[]> {
  const [responder, slowly] = await Promise.all([startResponder(), startResponder()]);
  const [folder, other] = [await temporaryFolder(), await temporaryFolder()];
  const figures: Figure[] = [];
  /** A run takes minutes: what it has found so far is told at once. */
  const keep = (more: readonly Figure[]): void => {
    figures.push(...more);
    for (const { name, value, unit, limit } of more) say(`  ${name}: ${value} ${unit}${limit === null ? '' : ` (limite ${limit} ${unit})`}`);
  };
  try {
    const members = await membersOf(responder.url, slowly.url);
    say('forma distribuita: motori, topic, 1.024 Comuni, servizi (la prima volta qualche minuto)');
    const form = await startForm(folder, members.all);
    try {
      for (const name of form.ownEngines) if (NOT_REAL[name]) say(`  attenzione: ${NOT_REAL[name]}`);
      say('forma incorporata');
      const geres = await embeddedWith(other, members);
      try {
        await measured({ form, geres, members, responder, slowly, say, keep });
      } finally {
        await geres.end();
      }
    } finally {
      await form.stop();
    }
  } finally {
    await Promise.all([responder.close(), slowly.close()]);
    for (const one of [folder, other]) await rm(one, { recursive: true, force: true });
  }
  return figures;
}

const NOT_REAL: Readonly<Partial<Record<string, string>>> = {
  eventstoredb: 'EventStoreDB non c’è: al suo posto un sostituto per le prove (GERES_EVENTSTORE_URL ne indica uno vero); la sua velocità non dice nulla di quella di EventStoreDB',
  mongodb: 'MongoDB non c’è: al suo posto FerretDB su PostgreSQL (GERES_MONGODB_URL ne indica uno vero); la sua velocità non dice nulla di quella di MongoDB',
};

async function embeddedWith(folder: string, { all, ample }: Members): Promise<Running> {
  const first = await startGeres(folder);
  await first.end();
  await addComuni(first, all.filter(({ comune }) => ample.includes(comune)));
  return startGeres(folder);
}

interface Measuring {
  readonly form: Form;
  readonly geres: Running;
  readonly members: Members;
  readonly responder: Responder;
  readonly slowly: Responder;
  readonly say: (text: string) => void;
  readonly keep: (figures: readonly Figure[]) => void;
}

async function measured({ form, geres, members, responder, slowly, say, keep }: Measuring): Promise<void> {
  const people = await peopleOf(geres.demo.simulatore, 3000);
  const roundTrips = await openRoundTrips(form.addresses, (engine) => form.ownEngines.includes(ENGINES[engine]));
  const distributed = askerOf(form.gateways, form.asking, MOST_CONNECTIONS);
  const embedded = askerOf([geres.demo.baseUrl], geres.demo, 200);
  const { ample, narrow, crowd } = members;
  const idle = async (): Promise<void> => {
    while ((await form.inFlight()).some((count) => count > 0)) await pause(200);
  };
  /** What cannot be measured is a target that is missed, and takes nothing from the others. */
  const part = async (name: string, work: () => Promise<readonly Figure[]>): Promise<void> => {
    say(name);
    try {
      keep(await work());
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`  non misurato: ${why}`);
      keep([figure(`${name}: non misurato`, Number.NaN, '', { target: why, met: false })]);
    }
  };
  try {
    say('giri dei motori');
    keep(await roundTrips.figures(say));
    await warmUp(embedded, ample, people[0]!);
    const compared = { embedded, distributed, responder, roundTrips, comuni: ample, people, say };
    say('un connettore: ricerche al secondo, latenza aggiunta');
    // Some thousands of lookups before any latency is taken: a process that has just begun has not compiled what it does again and again.
    keep([figure('ricerche al secondo, forma incorporata, 50 chiamanti', await atMost(embedded, ample, people, say), '/s')]);
    await warmUp(distributed, [...ample, ...narrow.flat()], people[0]!);
    const most = await atMost(distributed, ample, people, say);
    keep([figure('ricerche al secondo, forma distribuita, un connettore, 50 chiamanti', most, '/s')]);
    for (const callers of [5, 50]) keep(await addedByForm({ ...compared, connectors: 1, callers }));
    const one = await whileAnprIsSlow(distributed, narrow[0], people, responder, say);
    await part('1.000 ricerche in volo in un connettore', () => manyInFlight(form, distributed, ample, people, most, responder, say));
    await idle();
    say('due connettori: ricerche al secondo, latenza aggiunta');
    await form.addConnector();
    await warmUp(distributed, [...ample, ...narrow.flat()], people[0]!);
    keep([figure('ricerche al secondo, forma distribuita, due connettori, 50 chiamanti', await atMost(distributed, ample, people, say), '/s')]);
    keep(await addedByForm({ ...compared, connectors: 2, callers: 50 }));
    const two = await whileAnprIsSlow(distributed, narrow.flat(), people, responder, say);
    const growth = two.perSecond / one.perSecond;
    keep([
      figure(`ricerche al secondo con l’ANPR di ${narrow[0].length} Comuni come limite, un connettore`, one.perSecond, '/s', { limit: one.limit }),
      figure(`ricerche al secondo con l’ANPR di ${narrow.flat().length} Comuni come limite, due connettori`, two.perSecond, '/s', { limit: two.limit }),
      figure('da uno a due connettori, ciascuno con i suoi Comuni', growth, 'volte', { target: `≥ ${TARGET} volte`, met: growth >= TARGET }),
    ]);
    await part('1.000 Comuni di una partizione', async () => {
      await warmUp(distributed, [crowd.slow, ...crowd.others], people[0]!);
      return oneSlowComune(distributed, crowd, people, slowly, Math.min(40, 0.4 * most), idle);
    });
  } finally {
    await Promise.all([embedded.close(), distributed.close(), roundTrips.close()]);
  }
}
