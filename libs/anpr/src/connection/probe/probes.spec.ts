import type { ConnectionTest } from '@geres/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { Probes, type Probed, type Standing } from './probes.js';

const up: ConnectionTest = { succeeded: true, elapsedMs: 1 };
const down: ConnectionTest = { succeeded: false, step: 'rete', elapsedMs: 1 };

describe('the probes of connections', () => {
  const changes: Standing[] = [];
  const failures: unknown[] = [];
  let found: Record<string, () => Promise<ConnectionTest>> = {};
  let now = new Date('2026-11-23T09:00:00Z');
  const active = (): Probed[] => Object.entries(found).map(([comune, probe]) => ({ comune, probe }));
  const open = (everyMs?: number): Probes => new Probes({ active, clock: () => now, onChange: (one) => changes.push(one), onFailure: (error) => failures.push(error), firstMs: 0, ...(everyMs === undefined ? {} : { everyMs }) });
  let probes = open();
  afterEach(async () => {
    await probes.stop();
    [changes.length, failures.length] = [0, 0];
    probes = open();
  });

  it('tell which Comuni ANPR answers, where it ended for the others, and since when', async () => {
    found = { H501: () => Promise.resolve(up), F205: () => Promise.resolve(down) };
    await probes.look();
    const first = now;
    expect(probes.standings).toEqual([
      { comune: 'H501', reachable: true, at: first, since: first },
      { comune: 'F205', reachable: false, step: 'rete', at: first, since: first },
    ]);
    now = new Date('2026-11-23T09:15:00Z');
    await probes.look();
    expect(probes.standings.map(({ at, since }) => [at, since])).toEqual([[now, first], [now, first]]);
  });

  it('say once that a connection has ceased to answer, and once that it answers again', async () => {
    found = { H501: () => Promise.resolve(up) };
    await probes.look();
    for (const one of [down, down, up, up]) {
      found = { H501: () => Promise.resolve(one) };
      await probes.look();
    }
    expect(changes.map(({ reachable }) => reachable)).toEqual([false, true]);
  });

  it('forget a connection that is not active any more', async () => {
    found = { H501: () => Promise.resolve(up) };
    await probes.look();
    found = {};
    await probes.look();
    expect(probes.standings).toEqual([]);
  });

  it('go on with the others when one breaks', async () => {
    found = { H501: () => Promise.reject(new Error('broken')), F205: () => Promise.resolve(up) };
    await probes.look();
    expect(probes.standings).toMatchObject([{ comune: 'F205', reachable: true }]);
    expect(failures).toHaveLength(1);
  });

  it('come by themselves, round after round', async () => {
    const third = Promise.withResolvers<void>();
    let rounds = 0;
    found = {
      H501: () => {
        rounds += 1;
        if (rounds === 3) third.resolve();
        return Promise.resolve(up);
      },
    };
    probes = open(1).start();
    await third.promise;
    expect(rounds).toBe(3);
  });
});
