import { verifyArchive } from '@geres/monitoring';
import { openSqliteEventStore } from '@geres/platform/event-store';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Callers } from '../crash/callers.js';
import { startConnector } from '../crash/connector-process.js';
import { keyIn, keysBroken, lost, quotasBroken, repeatedOrOpen, toldOtherwise } from '../crash/invariants.js';
import { startSimulator } from '../crash/process.js';
import { seeded } from '../crash/random.js';
import { askedAt, readRecords, type Records } from '../crash/records.js';
import { makeWorld, type World } from '../crash/world.js';
import { temporaryFolder } from '../installation.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** How far ahead the clock is after each jump: a second back, an hour, over midnight, two days back, and back again. */
const JUMPS = [0, -1000, 60 * MINUTE, 26 * 60 * MINUTE, -2 * DAY, -DAY, 5 * MINUTE] as const;
const BETWEEN = 80;
const PAST_EVERYTHING = 4 * MINUTE;

describe('a clock that jumps while lookups are on their way', () => {
  let folder: string;
  let world: World;
  let callers: Callers;
  let records: Records;
  let broken: readonly unknown[];

  beforeAll(async () => {
    folder = await temporaryFolder();
    const simulator = await startSimulator();
    try {
      await simulator.delay(0, 30);
      world = await makeWorld({ folder, simulator: simulator.url, comuni: ['H501'], scarce: { userPerMinute: 6, userPerDay: 40, conventionPerDay: 60, callsPerDay: 1000 } });
      callers = new Callers({ people: await simulator.people(100), random: seeded(11) });
      callers.askers = world.askers.get('H501')!;
      const connector = await startConnector({ folder, aheadMs: 0 }, callers.listener);
      callers.started(connector);
      const asking = callers.ask(16);
      for (const aheadMs of JUMPS) {
        // The gateway is on the same machine: its clock jumps with the connector's, under whatever is in flight.
        callers.aheadMs = aheadMs;
        connector.setClock(aheadMs);
        await callers.toldMore(BETWEEN);
      }
      callers.stop();
      await asking;
      connector.setClock(Math.max(...JUMPS) + PAST_EVERYTHING);
      await connector.rest();
    } finally {
      await simulator.end();
    }
    const store = await openSqliteEventStore({ file: join(folder, 'events.db') });
    records = await readRecords(store);
    ({ broken } = await verifyArchive(store));
    await store.close();
  }, 120_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('stops nothing: after every jump lookups are answered, in the register of the day that the clock says', () => {
    const answered = [...records.outcomes.values()].filter(({ type }) => type === 'anpr.lookup.answered').map(({ data }) => askedAt(data.lookup).getTime());
    const now = Date.now();
    for (const aheadMs of JUMPS) expect(answered.some((at) => Math.abs(at - (now + aheadMs)) < 3 * MINUTE), `${aheadMs} ms`).toBe(true);
  });

  it('leaves no half state: everything is recorded once, told as recorded, and ends with one outcome', () => {
    expect(repeatedOrOpen(records)).toEqual([]);
    expect(toldOtherwise(callers, records)).toEqual([]);
    expect(lost(callers, records)).toEqual([]);
    expect(broken).toEqual([]);
  });

  it('holds a key to its lookup over jumps of less than the day for which it counts', () => {
    const now = Date.now();
    const around = (lookup: string): boolean => Math.abs(askedAt(lookup).getTime() - now) < 120 * MINUTE;
    expect([...records.requests.keys()].filter(around).length).toBeGreaterThan(BETWEEN);
    expect(keysBroken((lookup) => (around(lookup) ? keyIn(callers)(lookup) : undefined), records)).toEqual([]);
  });

  it('lets nobody beyond a quota of the day and the minute that the clock says', () => {
    expect([...records.refusals.values()].filter(({ reason }) => reason === 'quota-superata')).not.toEqual([]);
    expect(quotasBroken(records, world.quotas)).toEqual([]);
  });
});
