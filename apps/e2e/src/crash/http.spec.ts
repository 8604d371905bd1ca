import { verifyArchive } from '@geres/monitoring';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGeres, temporaryFolder, type Demo } from '../installation.js';
import { lookUp, type Told } from '../testing/lookups.js';
import { startConnector } from './connector-process.js';
import { keysBroken, repeatedOrOpen } from './invariants.js';
import { oneOf, seeded } from './random.js';
import { readRecords, type Records } from './records.js';

const KILLS = 3 + Number(process.env['GERES_CRASH_ROUNDS'] ?? 3);
const CALLERS = 16;
const MOST_TOLD = 120;
const PAST_EVERYTHING_MS = 200_000;

interface Question {
  readonly key: string;
  readonly codiceFiscale: string;
}

describe('the whole product, killed at any moment under load', () => {
  const random = seeded(2026);
  const questions: Question[] = [];
  /** Everything that callers were told, by the key of their question. */
  const told = new Map<string, Told[]>();
  /** Requests that a crash cut off. */
  let lost = 0;
  let folder: string;
  let records: Records;
  let broken: readonly unknown[];
  let again: readonly { readonly first: Told; readonly second: Told }[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    for (let kill = 1; kill <= KILLS; kill++) {
      const geres = await startGeres(folder);
      let left = 1 + Math.floor(random() * MOST_TOLD);
      await Promise.all(Array.from({ length: CALLERS }, () => callUntilItDies(geres.demo, () => (left -= 1) === 0 && void geres.end('SIGKILL'))));
    }
    const last = await startGeres(folder);
    again = await repeated(last.demo);
    await last.end();
    // What the crashes left open is closed once nobody can have it in hand any more: here by a connector whose clock says so.
    const closing = await startConnector({ folder: join(folder, 'data'), aheadMs: PAST_EVERYTHING_MS }, { onTaken: () => undefined, onAnswer: () => undefined });
    await closing.rest();
    const store = await openSqliteEventStore({ file: join(folder, 'data', 'events.db') });
    records = await readRecords(store);
    ({ broken } = await verifyArchive(store));
    await store.close();
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** One question after the other; half of those whose question was cut off by a crash ask it again, with its key. */
  async function callUntilItDies(demo: Demo, onTold: () => unknown): Promise<void> {
    for (;;) {
      const cutOff = questions.filter(({ key }) => !told.has(key));
      const question = cutOff.length > 0 && random() < 0.5 ? oneOf(cutOff, random) : { key: randomUUID(), codiceFiscale: oneOf(demo.persone, random).codiceFiscale };
      questions.push(question);
      try {
        heard(question, await ask(demo, question));
      } catch {
        lost += 1;
        return;
      }
      onTold();
    }
  }

  const ask = (demo: Demo, { key, codiceFiscale }: Question): Promise<Told> => lookUp(demo, { headers: { 'idempotency-key': key, prefer: 'wait=2' }, body: { soggetto: { codiceFiscale } } });
  const heard = ({ key }: Question, one: Told): void => void told.set(key, [...(told.get(key) ?? []), one]);

  async function repeated(demo: Demo): Promise<typeof again> {
    const answered = questions.filter(({ key }) => told.get(key)?.some(({ status }) => status === 200)).slice(-50);
    return Promise.all(answered.map(async (question) => ({ first: told.get(question.key)!.find(({ status }) => status === 200)!, second: await ask(demo, question) })));
  }

  const recordedOutcome = (lookup: string): string | undefined => {
    const outcome = records.outcomes.get(lookup);
    return outcome?.type === 'anpr.lookup.answered' ? outcome.data.outcome : undefined;
  };

  it('never answered 200 without its event, and never gave 202 for what is not recorded', () => {
    const all = [...told.values()].flat();
    const answered = all.filter(({ status }) => status === 200).map(({ body }) => body);
    expect(answered.length).toBeGreaterThan(KILLS);
    expect(answered.filter(({ id, esito }) => recordedOutcome(id!) !== esito)).toEqual([]);
    expect(all.filter(({ status, body }) => status === 202 && !records.requests.has(body.id!))).toEqual([]);
    expect(all.filter(({ status }) => ![200, 202, 502, 503, 504].includes(status))).toEqual([]);
  });

  it('recorded everything once, and every lookup has one outcome', () => expect(repeatedOrOpen(records)).toEqual([]));

  it('held every key to one lookup, and began another only where the first came to nothing', () => {
    expect(lost).toBeGreaterThan(KILLS);
    expect(keysBroken((lookup) => records.requests.get(lookup)?.key, records)).toEqual([]);
  });

  it('gives a repeated key the answer that it gave before the crash', () => {
    expect(again.length).toBeGreaterThan(0);
    expect(again.map(({ second }) => second.body)).toEqual(again.map(({ first }) => first.body));
  });

  it('left every chain of the archive whole', () => expect(broken).toEqual([]));
});
