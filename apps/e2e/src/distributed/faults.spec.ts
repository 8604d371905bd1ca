import type { ServiceName } from '@geres/platform/config';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { closeWhatIsOpen } from './closing.js';
import { enginesMissing } from './engines.js';
import { Installation } from './installation.js';
import { newKeys } from './keys.js';
import type { Readiness, Service } from './service.js';
import { judged, readCourse } from './violations.js';

const missing = await enginesMissing();
/** How often every fault comes. */
const ROUNDS = Number(process.env['GERES_FAULT_ROUNDS'] ?? 1);
const rounds = Array.from({ length: ROUNDS }, (_, index) => index + 1);
const CALLERS = 8;
const FRESH_MS = 1000;
const WAITING: Parameters<typeof vi.waitFor>[1] = { timeout: 60_000, interval: 50 };

describe.skipIf(missing !== undefined)(`the distributed form under load${missing === undefined ? '' : ` (${missing})`}`, { timeout: 240_000 }, () => {
  let geres: Installation;
  /** What the probes said while there were no engines. */
  let early: readonly Readiness[];

  beforeAll(async () => {
    geres = await Installation.make();
    const services = geres.startAll();
    early = await Promise.all(services.map((one) => vi.waitFor(async () => (expect(await one.lives()).toBe(true), one.readiness()), WAITING)));
    await geres.engines.start();
    await geres.populate();
    await geres.simulator.delay(50, 400);
    geres.callers.start(CALLERS);
    await geres.works();
  }, 240_000);
  // What a test that failed has left broken is no fault of the next one.
  afterEach(({ task }) => (task.result?.state === 'fail' ? geres.mend() : undefined), 120_000);
  afterAll(() => geres?.remove(), 60_000);

  /** Everybody is answered again, and nothing was lost, done twice, or told otherwise. */
  const holds = async (): Promise<void> => {
    await geres.works();
    const { violations } = await judged(geres);
    geres.callers.resume();
    expect(violations).toEqual([]);
  };

  const unready = (services: readonly Service[], because: string): Promise<void> =>
    vi.waitFor(async () => expect((await Promise.all(services.map((one) => one.readiness()))).filter(({ missing: what }) => !what.includes(because))).toEqual([]), WAITING);

  const all = (): readonly Service[] => [...geres.services.values()];
  const behind = (): readonly Service[] => [...geres.of('gateway'), ...geres.of('connector')];

  it('has services that are started before their engines, live without them, say what they wait for, and go to work once they are there', async () => {
    expect(early).toEqual(early.map(() => ({ status: 503, missing: ['avvio'] })));
    await holds();
  });

  describe.each(rounds)('in round %i', () => {
    it.each<readonly [string, readonly string[]]>([
      ['a gateway', ['gateway 1']],
      ['a connector', ['connettore 1']],
      ['administration and monitoring', ['amministrazione', 'monitoraggio']],
    ])('loses nothing when %s is killed, and works with it again', async (_, names) => {
      expect(await Promise.all(names.map((name) => geres.restart(name, 'SIGKILL')))).toMatchObject(names.map(() => ({ signal: 'SIGKILL' })));
      await holds();
    });

    it('loses nothing when Kafka stops and comes back; who needs it says so, and lives', async () => {
      await geres.engines.stop('kafka');
      await unready(behind(), 'kafka');
      expect(await Promise.all(all().map((one) => one.lives()))).toEqual(all().map(() => true));
      await geres.engines.start('kafka');
      await holds();
    });

    it('loses nothing when MongoDB is killed and comes back', async () => {
      await geres.engines.kill('mongodb');
      await unready([...geres.of('connector'), ...geres.of('admin'), ...geres.of('monitoring')], 'mongodb');
      await geres.engines.start('mongodb');
      await holds();
    });

    it('loses nothing when the event store stalls, is killed, and comes back', async () => {
      await geres.engines.storeIsToldTo('stall');
      await unready(behind(), 'diritti');
      await geres.engines.kill('eventstoredb');
      await geres.engines.start('eventstoredb');
      await holds();
    });

    it('admits nobody whose rights are not shown to be a second old at most: here by an event store that takes everything and tells nothing', async () => {
      await geres.engines.storeIsToldTo('deafen');
      const deafAt = Date.now();
      await unready(behind(), 'diritti');
      const until = Date.now();
      await geres.engines.storeIsToldTo('recover');
      await holds();
      const { admittedAt } = await readCourse(geres.own.store);
      expect(admittedAt.filter((at) => at.getTime() > deafAt + FRESH_MS && at.getTime() < until)).toEqual([]);
    });

    it('has one owner of each register when a connector sleeps, others take its place, and it wakes up with what it had in hand', async () => {
      const [sleeper] = geres.of('connector');
      const { takes } = await readCourse(geres.own.store);
      sleeper!.signal('SIGSTOP');
      await geres.callers.answered(geres.of('gateway').map(({ origin }) => origin));
      expect((await readCourse(geres.own.store)).takes.length).toBeGreaterThan(takes.length);
      sleeper!.signal('SIGCONT');
      await holds();
    });

    it('loses nothing when connections to the event store and to MongoDB are cut in the middle, and when nothing gets through for a while', async () => {
      const { eventstoredb, mongodb } = geres.network;
      for (let times = 0; times < 3; times++) {
        expect(eventstoredb.cut() + mongodb.cut()).toBeGreaterThan(all().length);
        await geres.callers.answered(geres.of('gateway').map(({ origin }) => origin));
      }
      eventstoredb.hold();
      await unready(behind(), 'diritti');
      eventstoredb.release();
      await holds();
    });

    it('shares the work anew when a gateway and a connector are added, and when they leave', async () => {
      const added = [['gateway 3', 'gateway'], ['connettore 3', 'connector']] as const satisfies readonly (readonly [string, ServiceName])[];
      for (const [name, service] of added) {
        await geres.place(name, service);
        geres.start(name);
      }
      await holds();
      for (const [name] of added) {
        expect(await geres.end(name, 'SIGTERM')).toMatchObject({ code: 0 });
        geres.forget(name);
      }
      await holds();
    });

    it('answers every request, asked again with its Idempotency-Key, while everything is restarted one after the other; nothing is interrupted', async () => {
      const before = await judged(geres);
      geres.callers.resume();
      const since = performance.now();
      for (const { name } of all()) expect([name, await geres.restart(name, 'SIGTERM')]).toMatchObject([name, { code: 0 }]);
      await holds();
      await geres.callers.allAnswered(since);
      const { records } = await judged(geres);
      geres.callers.resume();
      const fresh = [...records.outcomes.values()].filter(({ data: { lookup } }) => !before.records.requests.has(lookup));
      expect(fresh.length).toBeGreaterThan(0);
      expect(fresh.filter(({ type }) => type === 'anpr.lookup.interrupted')).toEqual([]);
    });
  });

  it('is not ready from the moment it is told to stop, while it ends what it has in hand', async () => {
    await geres.simulator.delay(2000, 3000);
    await geres.works();
    const [leaving] = geres.of('connector');
    leaving!.signal('SIGTERM');
    const seen: Readiness[] = [];
    while (leaving!.isRunning) seen.push(await leaving!.readiness());
    await geres.simulator.delay(50, 400);
    expect(await leaving!.ended).toMatchObject({ code: 0 });
    expect(seen.filter(({ missing: what }) => what.includes('avvio')).length).toBeGreaterThan(0);
    await geres.start(leaving!.name).ready();
    await holds();
  });

  it.each<readonly [string, ServiceName, () => Readonly<Record<string, string>>, string]>([
    ['another key-encryption key', 'connector', () => ({ GERES_KEK_ARCHIVE: newKeys().keks.archive }), 'chiave'],
    ['another environment', 'gateway', () => ({ GERES_ENVIRONMENT: 'produzione' }), '«test»'],
  ])('does not start with %s, and says why', async (_, service, other, said) => {
    await geres.place('altro', service);
    const { code, printed } = await geres.start('altro', other()).ended;
    geres.forget('altro');
    expect([code, printed.trim().split('\n').length]).toEqual([2, 1]);
    expect(printed).toContain(said);
  });

  it('gives up a start whose event store tells it nothing, when it is told to stop', async () => {
    await geres.place('altro', 'connector');
    await geres.engines.storeIsToldTo('deafen');
    const starting = geres.start('altro');
    await unready([starting], 'diritti');
    starting.signal('SIGTERM');
    expect(await starting.ended).toMatchObject({ code: 0 });
    geres.forget('altro');
    await geres.engines.storeIsToldTo('recover');
    await holds();
  });

  it('ends in order; what died with its process is closed, and answered to who asks again: everything has one outcome', async () => {
    const { records } = await judged(geres);
    const stopped = await Promise.all(geres.of('connector').map(async ({ name }) => [name, await geres.end(name, 'SIGTERM')] as const));
    expect(stopped.map(([, { code }]) => code)).toEqual(stopped.map(() => 0));
    await closeWhatIsOpen(geres.own, records);
    await Promise.all(stopped.map(([name]) => geres.start(name).ready()));
    await geres.callers.finish();
    expect((await judged(geres, { whole: true })).violations).toEqual([]);
  });

  it('ends by itself within its grace, with engines and without', async () => {
    const [early, late] = [all().filter(({ name }) => name.endsWith('1')), all().filter(({ name }) => !name.endsWith('1'))];
    const stopped = (services: readonly Service[]): Promise<readonly unknown[]> => Promise.all(services.map(async ({ name }) => [name, (await geres.end(name, 'SIGTERM')).code]));
    expect(await stopped(early)).toEqual(early.map(({ name }) => [name, 0]));
    await geres.engines.end();
    expect(await stopped(late)).toEqual(late.map(({ name }) => [name, 0]));
  });
});
