import { verifyArchive } from '@geres/monitoring';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../installation.js';
import { askedOtherwise, keyIn, keysBroken, lost, quotasBroken, repeatedOrOpen, toldOtherwise } from './invariants.js';
import { runLane, type Lane } from './lane.js';
import { startSimulator, type Asked, type SimulatorProcess } from './process.js';
import { overChannel, readRecords, type Records } from './records.js';
import { startRelay } from './relay.js';
import { STEPS } from './steps.js';
import { makeWorld, type World } from './world.js';

/** How often a process dies at each of the steps, in each of the lanes. */
const ROUNDS = Number(process.env['GERES_CRASH_ROUNDS'] ?? 3);
/** Data folders that are worked on at once. */
const LANES = ['H501', 'A944'] as const;
const TIMEOUT_MS = 60_000 + ROUNDS * 150_000;

interface Seen extends Lane {
  readonly world: World;
  readonly records: Records;
  readonly broken: readonly unknown[];
  /** Operations that reached the e-services, whose ids are of the client of this lane. */
  readonly askedOverPdnd: ReadonlyMap<string, Asked>;
}

describe('a connector that is killed at every step, under load', () => {
  let root: string;
  let asked: ReadonlyMap<string, Asked>;
  let lanes: readonly Seen[];

  beforeAll(async () => {
    root = await temporaryFolder();
    const simulator = await startSimulator();
    try {
      await simulator.delay(0, 20);
      // So many that over PDND most are asked about for the first time: their idANPR is a call of its own.
      const people = await simulator.people(6000);
      lanes = await Promise.all(LANES.map((comune, index) => seen(comune, index, simulator, people)));
      asked = await simulator.asked();
    } finally {
      await simulator.end();
    }
  }, TIMEOUT_MS);
  afterAll(() => rm(root, { recursive: true, force: true }));

  async function seen(comune: string, index: number, simulator: SimulatorProcess, people: readonly string[]): Promise<Seen> {
    const folder = join(root, comune);
    const relay = await startRelay(simulator.url);
    const scarce = { userPerMinute: 1000, userPerDay: 30 + ROUNDS * 20, conventionPerDay: 70 + ROUNDS * 45, callsPerDay: 120 + ROUNDS * 60 };
    // Nobody has asked for the others yet: the secret of their month is still to be made.
    const comuni = [comune, ...Array.from({ length: ROUNDS * 2 }, (_, other) => `Z${index}${String(other).padStart(2, '0')}`)];
    const world = await makeWorld({ folder, simulator: simulator.url, pdnd: { relay: relay.url, control: simulator.control }, comuni, scarce });
    const lane = await runLane({ world, people, seed: index + 1, rounds: ROUNDS, callers: 24 });
    const store = await openSqliteEventStore({ file: join(folder, 'events.db') });
    try {
      return { ...lane, world, askedOverPdnd: relay.asked(), records: await readRecords(store), broken: (await verifyArchive(store)).broken };
    } finally {
      await store.close();
      await relay.end();
    }
  }

  const inEvery = (violations: (lane: Seen) => readonly unknown[]): readonly unknown[] => lanes.flatMap(violations);

  it('dies at every step', () => {
    const seldom = STEPS.filter((step) => lanes.reduce((sum, { fired }) => sum + (fired.get(step) ?? 0), 0) < ROUNDS);
    expect(seldom).toEqual([]);
  });

  it('never tells an answer, a refusal or an outcome that is not recorded', () => {
    expect(lanes.every(({ witness }) => witness.heard.some(({ outcome }) => outcome.kind === 'answered'))).toBe(true);
    expect(inEvery(({ witness, records }) => toldOtherwise(witness, records))).toEqual([]);
  });

  it('loses no command that it has taken', () => expect(inEvery(({ witness, records }) => lost(witness, records))).toEqual([]));

  it('records everything once, and every lookup gets one outcome', () => {
    const kinds = new Set(inEvery(({ records }) => [...records.outcomes.values()].map(({ type }) => type)));
    expect(kinds).toContain('anpr.lookup.answered');
    expect(kinds).toContain('anpr.lookup.interrupted');
    expect(inEvery(({ records }) => repeatedOrOpen(records))).toEqual([]);
  });

  it('gives a repeated Idempotency-Key the same lookup, and another only where the first came to nothing', () => {
    expect(inEvery(({ records }) => [...records.requests.values()].filter(({ retryOf }) => retryOf !== undefined))).not.toEqual([]);
    expect(inEvery(({ witness, records }) => keysBroken(keyIn(witness), records))).toEqual([]);
  });

  it('keeps quotas exact', () => {
    expect(inEvery(({ records }) => [...records.refusals.values()].filter(({ reason }) => reason === 'quota-superata'))).not.toEqual([]);
    expect(inEvery(({ records }) => [...records.further.values()])).not.toEqual([]);
    expect(inEvery(({ world, records }) => quotasBroken(records, world.quotas))).toEqual([]);
  });

  it('asks ANPR only what is recorded, and each question once', () => {
    const everything = { requests: new Map(lanes.flatMap(({ records }) => [...records.requests])), further: new Map(lanes.flatMap(({ records }) => [...records.further])), outcomes: new Map(lanes.flatMap(({ records }) => [...records.outcomes])) };
    expect(askedOtherwise(asked, overChannel(everything, 'ws'))).toEqual([]);
    expect(inEvery(({ records, askedOverPdnd }) => askedOtherwise(askedOverPdnd, overChannel(records, 'pdnd')))).toEqual([]);
    expect(lanes.every(({ askedOverPdnd }) => askedOverPdnd.size > 0)).toBe(true);
  });

  it('leaves every chain of the archive whole', () => expect(inEvery(({ broken }) => broken)).toEqual([]));
});
