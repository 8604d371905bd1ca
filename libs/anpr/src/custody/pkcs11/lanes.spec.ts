import { describe, expect, it } from 'vitest';
import { CryptokiRefused } from './cryptoki.js';
import { openLanes, type Lanes, type LanesOptions } from './lanes.js';

const SESSION_HANDLE_INVALID = 0xb3;
const DEVICE_REMOVED = 0x32;
const DATA_INVALID = 0x20;

/** Lanes over a device that counts. */
function device(options: Partial<LanesOptions> = {}): { readonly lanes: Lanes<string>; readonly opened: bigint[]; readonly closed: bigint[] } {
  const opened: bigint[] = [];
  const closed: bigint[] = [];
  const lanes = openLanes<string>({
    count: 2,
    patienceMs: 10_000,
    open: () => Promise.resolve(BigInt(opened.length + 1)).then((session) => (opened.push(session), session)),
    close: (session) => Promise.resolve(void closed.push(session)),
    ...options,
  });
  return { lanes, opened, closed };
}

describe('the sessions of a device', () => {
  it('are opened when they are needed, and do one thing at a time', async () => {
    const { lanes, opened } = device();
    const busy = new Set<bigint>();
    const work = async ({ session }: { readonly session: bigint }): Promise<bigint> => {
      expect(busy.has(session)).toBe(false);
      busy.add(session);
      await Promise.resolve();
      busy.delete(session);
      return session;
    };
    await lanes.run(work);
    expect(opened).toHaveLength(1);
    expect(new Set(await Promise.all(Array.from({ length: 20 }, () => lanes.run(work)))).size).toBe(2);
    expect(opened).toHaveLength(2);
  });

  it.each([SESSION_HANDLE_INVALID, DEVICE_REMOVED])('that are gone (0x%s) are opened anew, and what was asked is asked again once', async (code) => {
    const { lanes, opened, closed } = device({ count: 1 });
    let asked = 0;
    await expect(lanes.run(({ session }) => (++asked === 1 ? Promise.reject(new CryptokiRefused('C_Sign', code)) : Promise.resolve(session)))).resolves.toBe(2n);
    expect({ opened, closed }).toEqual({ opened: [1n, 2n], closed: [1n] });
    await expect(lanes.run(() => Promise.reject(new CryptokiRefused('C_Sign', code)))).rejects.toMatchObject({ code });
  });

  it('that refuse are not asked again', async () => {
    const { lanes, opened } = device({ count: 1 });
    let asked = 0;
    await expect(lanes.run(() => Promise.reject(new CryptokiRefused('C_Sign', DATA_INVALID + 0 * asked++)))).rejects.toMatchObject({ code: DATA_INVALID });
    expect({ asked, opened }).toEqual({ asked: 1, opened: [1n] });
  });

  it('forget with a session what was found in it', async () => {
    const { lanes } = device({ count: 1 });
    await lanes.run(({ known }) => Promise.resolve(void known.set('firma', 'handle')));
    expect(await lanes.run(({ known }) => Promise.resolve(known.get('firma')))).toBe('handle');
    let asked = 0;
    expect(await lanes.run(({ known }) => (++asked === 1 ? Promise.reject(new CryptokiRefused('C_Sign', SESSION_HANDLE_INVALID)) : Promise.resolve(known.get('firma'))))).toBeUndefined();
  });

  it('that do not answer hold nobody for ever, and do not do later what was given up', async () => {
    const { lanes } = device({ count: 1, patienceMs: 30 });
    const stuck = Promise.withResolvers<void>();
    const first = lanes.run(() => stuck.promise);
    const done: string[] = [];
    const second = lanes.run(() => Promise.resolve(done.push('second')));
    for (const one of [first, second]) await expect(one).rejects.toMatchObject({ code: 'dispositivo-assente', params: { motivo: 'non risponde' } });
    stuck.resolve();
    await lanes.run(() => Promise.resolve(done.push('third')));
    expect(done).toEqual(['third']);
  });

  it('are closed in their turn', async () => {
    const { lanes, closed } = device({ count: 1 });
    const going = lanes.run(({ session }) => Promise.resolve(session));
    await lanes.close();
    expect(await going).toBe(1n);
    expect(closed).toEqual([1n]);
  });
});
