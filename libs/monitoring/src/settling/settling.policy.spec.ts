import { LOOKUP_COMMANDS, registerStream, romeDay, SettleLookup } from '@geres/contracts';
import type { Command } from '@geres/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answered, asked, ids, record } from '../testing/archive.js';
import { openTestReading, type TestReading } from '../testing/reading.js';
import { SETTLING_TIMES } from './settling.domain.js';
import { SettlingPolicy, sweepEvery, type SettlingPorts } from './settling.policy.js';
import { Unsettled } from './unsettled.js';

let reading: TestReading;
beforeEach(async () => void (reading = await openTestReading()));
afterEach(() => reading.close());

const ASKED = new Date('2026-11-23T09:00:00.000Z');
/** The call to ANPR may start until 30 seconds after the question. */
const OVERDUE = ASKED.getTime() + 30_000 + SETTLING_TIMES.anprTimeoutMs + SETTLING_TIMES.graceMs;
const ask = (comune: string = ids.comune): Promise<string> => asked(reading.archive, { at: ASKED, comune });

/** A sweep whose clock a test sets, and the commands that it has sent. */
function sweeping(ports: Partial<SettlingPorts> = {}) {
  const sent: Command[] = [];
  let now = OVERDUE;
  const clock = (): Date => new Date(now);
  const policy = new SettlingPolicy({
    lookups: reading.ports.lookups,
    comuni: () => [ids.comune, ids.otherComune],
    unsettled: new Unsettled(),
    bus: {
      send: (topic, command) => {
        expect(topic).toBe(LOOKUP_COMMANDS);
        sent.push(command);
        return Promise.resolve();
      },
    },
    clock,
    asOf: clock,
    ...ports,
  });
  return { policy, sent, at: (ms: number) => (now = ms), lookups: () => sent.map((command) => (command as SettleLookup).data.lookup) };
}

describe('the sweep for lookups without outcome', () => {
  it('has the connector close what is past every deadline, and nothing else', async () => {
    const open = await ask();
    const other = await ask(ids.otherComune);
    await asked(reading.archive, { at: ASKED, outcome: 'trovato' });
    await reading.seen();
    const { policy, sent, at, lookups } = sweeping();
    at(OVERDUE - 1);
    expect(await policy.sweep()).toBe(0);
    at(OVERDUE);
    expect(await policy.sweep()).toBe(2);
    expect(lookups()).toEqual([open, other]);
    for (const command of sent) expect(SettleLookup.parse(command)).toEqual(command);
    expect(sent.map(({ key }) => key)).toEqual([ids.comune, ids.otherComune]);
  });

  it('counts the time from the last call that was announced', async () => {
    const id = await ask();
    const later = new Date(ASKED.getTime() + 60_000);
    await record(reading.archive.store, registerStream(ids.comune, romeDay(ASKED)), ASKED, { type: 'anpr.lookup.asked', v: 1, data: { lookup: id, comune: ids.comune, call: 2, operationId: 'x', askBy: later.toISOString() } });
    await reading.seen();
    const { policy, at } = sweeping();
    expect(await policy.sweep()).toBe(0);
    at(OVERDUE + 30_000);
    expect(await policy.sweep()).toBe(1);
  });

  it('names the same lookup by the same command, however often and whoever sends it', async () => {
    await ask();
    await reading.seen();
    const [one, other] = [sweeping(), sweeping()];
    await one.policy.sweep();
    await other.policy.sweep();
    expect(one.sent[0]!.id).toBe(other.sent[0]!.id);
  });

  it('reports again at widening intervals what is still open, and forgets what is closed', async () => {
    const id = await ask();
    await reading.seen();
    const { policy, sent, at } = sweeping();
    const { retryMs, longestMs } = SETTLING_TIMES;
    let due = OVERDUE;
    for (const wait of [retryMs, 2 * retryMs, 4 * retryMs, 8 * retryMs, 16 * retryMs, 32 * retryMs, longestMs, longestMs]) {
      at(due);
      expect(await policy.sweep()).toBe(1);
      expect(await policy.sweep()).toBe(0);
      due += wait;
      at(due - 1);
      expect(await policy.sweep()).toBe(0);
    }
    expect(sent).toHaveLength(8);
    await record(reading.archive.store, registerStream(ids.comune, romeDay(ASKED)), ASKED, answered(id, ids.comune, 'trovato'));
    await reading.seen();
    at(due);
    expect(await policy.sweep()).toBe(0);
  });

  it('looks into every Comune once, and again only where a lookup has been open since', async () => {
    const open = await ask();
    await reading.seen();
    const looked: string[] = [];
    const lookups: SettlingPorts['lookups'] = { find: (query) => (looked.push(String(query.equal!.comune)), reading.ports.lookups.find(query)) };
    const unsettled = new Unsettled();
    const { policy, at } = sweeping({ lookups, unsettled });
    const sweep = async (): Promise<readonly string[]> => {
      looked.length = 0;
      await policy.sweep();
      return [...looked];
    };
    expect(await sweep()).toEqual([ids.comune, ids.otherComune]);
    expect(await sweep()).toEqual([ids.comune]);
    await record(reading.archive.store, registerStream(ids.comune, romeDay(ASKED)), ASKED, answered(open, ids.comune, 'trovato'));
    await reading.seen();
    expect(await sweep()).toEqual([ids.comune]);
    expect(await sweep()).toEqual([]);
    // Noted while somebody looks: the look may have come too early.
    unsettled.note(ids.otherComune);
    const during = sweeping({ unsettled, lookups: { find: (query) => (unsettled.note(ids.otherComune), reading.ports.lookups.find(query)) } });
    await during.policy.sweep();
    at(OVERDUE + 1);
    expect(await sweep()).toEqual([ids.otherComune]);
  });

  it('waits while the rows are being built, and judges at the instant for which they are whole', async () => {
    await ask();
    await reading.seen();
    expect(await sweeping({ asOf: () => undefined }).policy.sweep()).toBe(0);
    expect(await sweeping({ asOf: () => new Date(OVERDUE - 1) }).policy.sweep()).toBe(0);
    expect(await sweeping({ asOf: () => new Date(OVERDUE + 3_600_000) }).policy.sweep()).toBe(1);
  });

  it('sends at the next sweep what the bus has not taken', async () => {
    const [first, second] = [await ask(), await ask()].sort();
    await reading.seen();
    const taken: string[] = [];
    let failing = true;
    const bus: SettlingPorts['bus'] = {
      send: (_, command) => {
        const { lookup } = (command as SettleLookup).data;
        if (failing && lookup === second) return Promise.reject(new Error('no broker'));
        return Promise.resolve(void taken.push(lookup));
      },
    };
    const { policy } = sweeping({ bus });
    await expect(policy.sweep()).rejects.toThrow('no broker');
    failing = false;
    expect(await policy.sweep()).toBe(1);
    expect(taken).toEqual([first, second]);
  });

  it('finds all of them, however many', async () => {
    const many = Array.from({ length: 1200 }, (_, index) => `01K${String(index).padStart(23, '0')}`);
    const rows = new Map(many.map((id) => [id, { comune: ids.comune, day: '2026-11-23', askedAt: ASKED.getTime(), application: ids.application, status: 'aperta' as const, outcome: 'in-corso', askBy: ASKED.getTime() + 30_000, versions: [1], absorbed: '0' }]));
    await reading.ports.lookups.commit(rows, { position: '9999999999999999', incarnation: 'spec' });
    const { policy, lookups } = sweeping();
    expect(await policy.sweep()).toBe(1200);
    expect([...lookups()].sort()).toEqual(many);
  });
});

describe('sweeping from time to time', () => {
  it('goes on after a failure, and ends when told to', async () => {
    const stopping = new AbortController();
    const failures: unknown[] = [];
    let sweeps = 0;
    const policy = {
      sweep: () => {
        sweeps += 1;
        if (sweeps === 3) stopping.abort();
        return sweeps === 1 ? Promise.reject(new Error('no store')) : Promise.resolve(0);
      },
    };
    await sweepEvery(1, policy, stopping.signal, (error) => failures.push(error));
    expect([sweeps, failures.length]).toEqual([3, 1]);
  });

  it('says nothing of a sweep that fails because everything is being closed', async () => {
    const stopping = new AbortController();
    const failures: unknown[] = [];
    await sweepEvery(1, { sweep: () => Promise.reject((stopping.abort(), new Error('closed'))) }, stopping.signal, (error) => failures.push(error));
    expect(failures).toEqual([]);
  });
});
