import { eventId, NO_STREAM, type Command, type Head } from '@geres/kernel';
import { createTopics, openKafkaBus, Seal } from '@geres/platform/bus';
import { openMongoCollections } from '@geres/platform/collections';
import { openEventStoreDb } from '@geres/platform/event-store';
import { newUlid } from '@geres/platform';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { PARTITIONS, type Addresses } from './engines-form.js';
import { figure, percentile, type Figure } from './figures.js';

const CALLERS = [1, 50, 200] as const;
const SECONDS = 2;
/** As large as what a lookup sends, records and keeps. */
const TEXT = 'x'.repeat(600);

export type Engine = 'kafka' | 'append' | 'insert';

/** What an engine does for one lookup, by the adapters that the services use and nothing around them. */
export interface RoundTrips {
  /** Each caller again and again, without a pause. */
  readonly figures: (say: (text: string) => void) => Promise<readonly Figure[]>;
  /** As often as callers of lookups come: so many callers, each with a pause of ANPR's time in between. Milliseconds of each. */
  readonly atPace: (engine: Engine, callers: number, perCaller: number, pauseMs: () => number) => Promise<readonly number[]>;
  close(): Promise<void>;
}

const NAMES: Readonly<Record<Engine, string>> = {
  kafka: 'Kafka: richiesta → risposta su due topic',
  append: 'archivio (sostituto di EventStoreDB): un append',
  insert: 'collezione (FerretDB, non MongoDB): un insert',
};
/** Where a real server is named the figure is its own. */
const nameOf = (engine: Engine, own: boolean): string => (own ? NAMES[engine] : NAMES[engine].replace(/ \([^)]*\)/, ''));

export async function openRoundTrips({ kafka, eventstoredb, mongodb }: Addresses, own: (engine: Engine) => boolean): Promise<RoundTrips> {
  const bus = await busRoundTrip(kafka);
  const store = await openEventStoreDb({ connectionString: eventstoredb, instance: 'banco-giri' });
  const collections = await openMongoCollections({ url: mongodb, prefix: 'banco-' });
  const answers = collections.collection<{ sealed: string }>({ name: 'answers' });
  await collections.ready();
  const heads = new Map<number, { readonly stream: string; head: Head }>();
  const once: Readonly<Record<Engine, (caller: number) => Promise<unknown>>> = {
    kafka: (caller) => bus.once(`C${caller}`),
    async append(caller) {
      const of = heads.get(caller) ?? { stream: `banco-${newUlid()}`, head: NO_STREAM };
      heads.set(caller, of);
      const causationId = newUlid();
      const meta = { actor: 'system:bench', correlationId: causationId, causationId, recordedAt: new Date().toISOString(), environment: 'test' as const };
      of.head = (await store.append(of.stream, of.head, [{ id: eventId(causationId, 0), type: 'anpr.lookup.requested', v: 1, data: { text: TEXT }, meta }])).head;
    },
    insert: () => answers.insert(newUlid(), { sealed: TEXT + TEXT }, { expiresAt: new Date(Date.now() + 600_000) }),
  };
  const timed = async (engine: Engine, caller: number): Promise<number> => {
    const started = performance.now();
    await once[engine](caller);
    return performance.now() - started;
  };
  return {
    async figures(say) {
      const figures: Figure[] = [];
      for (const engine of Object.keys(NAMES) as Engine[]) {
        say(`  ${nameOf(engine, own(engine))}`);
        for (let warm = 0; warm < 300; warm++) await timed(engine, warm % CALLERS[2]);
        for (const callers of CALLERS) {
          const { ms, perSecond } = await again(callers, (caller) => timed(engine, caller));
          const name = `${nameOf(engine, own(engine))}, ${callers} chiamanti`;
          figures.push(figure(`${name}, p50`, percentile(ms, 0.5), 'ms'), figure(`${name}, p99`, percentile(ms, 0.99), 'ms'), figure(name, perSecond, '/s'));
        }
      }
      return figures;
    },
    async atPace(engine, callers, perCaller, pauseMs) {
      const all: number[] = [];
      await Promise.all(
        Array.from({ length: callers }, async (_, caller) => {
          for (let n = 0; n < perCaller; n++) {
            await pause(pauseMs());
            all.push(await timed(engine, caller));
          }
        }),
      );
      return all;
    },
    close: async () => void (await Promise.all([bus.close(), store.close(), collections.close()])),
  };
}

async function again(callers: number, task: (caller: number) => Promise<number>): Promise<{ readonly ms: readonly number[]; readonly perSecond: number }> {
  const ms: number[] = [];
  const started = performance.now();
  const until = started + SECONDS * 1000;
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      while (performance.now() < until) ms.push(await task(caller));
    }),
  );
  return { ms, perSecond: ms.length / ((performance.now() - started) / 1000) };
}

/** Two members of the bus in this process: one asks, one answers at once. */
async function busRoundTrip(address: string): Promise<{ once(key: string): Promise<void>; close(): Promise<void> }> {
  const kafka = { brokers: address.split(','), clientId: 'geres-banco' };
  const id = newUlid().toLowerCase();
  const [commands, answers] = [`geres.banco-${id}.commands`, `geres.banco-${id}.answers`] as const;
  await createTopics(kafka, [commands, answers].map((name) => ({ name, partitions: PARTITIONS, retentionMs: 600_000, segmentMs: 600_000 })), { replicas: 1 });
  const key = randomBytes(32);
  const open = (service: string) => openKafkaBus({ kafka, service: `banco-${service}-${id}`, seal: new Seal({ lookups: [key] }, () => 'lookups') });
  const [asks, does] = await Promise.all([open('chiede'), open('fa')]);
  const times = { issuedAt: new Date().toISOString(), expiresAt: new Date(Date.now() + 3_600_000).toISOString() };
  await does.handle(commands, (message, delivery) => delivery.until(does.answer(answers, { type: 'banco.risposta', to: (message as Command).id, ...times, data: { text: TEXT } })));
  const waiting = new Map<string, () => void>();
  await asks.answers(answers, (message) => waiting.get((message as { readonly to: string }).to)?.());
  return {
    async once(of) {
      const command = newUlid();
      const heard = new Promise<void>((resolve) => waiting.set(command, resolve));
      await asks.send(commands, { type: 'banco.domanda', id: command, key: of, ...times, data: { text: TEXT } });
      await heard;
      waiting.delete(command);
    },
    close: async () => void (await Promise.all([asks.close(1000), does.close(1000)])),
  };
}
