import type { DomainEvent } from '@geres/kernel';
import { afterEach, describe, expect, it } from 'vitest';
import { failing } from '../testing/fake-channel.js';
import type { HouseOptions } from '../testing/house.js';
import { conventionOf, OPEN } from '../testing/identity.js';
import { LOOKUPS, serve, type Reply, type Served } from '../testing/served.js';
import { ids } from '../testing/world.js';
import { PICK_UP_MS } from '../lookup/conclusion.js';

let served: Served;
afterEach(() => served.close());
const opened = async (options?: HouseOptions): Promise<Served> => (served = await serve(options));
const event = (type: string, data: object): DomainEvent => ({ type, v: 1, data });
const later = { headers: { prefer: 'respond-async' } };
const key = (value: string, more: Readonly<Record<string, string>> = {}) => ({ headers: { 'idempotency-key': value, ...more } });

describe('a caller that does not wait', () => {
  it('is told where to pick the answer up, once the request is durable', async () => {
    const { ask, gate, channel } = await opened();
    channel.hold();
    const release = gate.hold('anpr.lookup.requested');
    const asked = ask({}, later);
    await gate.came('anpr.lookup.requested');
    release();
    const { status, headers, body } = await asked;
    await gate.done('anpr.lookup.requested');
    const { lookup } = channel.departed[0]!.question;
    expect([status, body]).toEqual([202, { id: lookup, stato: 'in-corso' }]);
    expect([headers.get('location'), headers.get('retry-after'), headers.get('preference-applied')]).toEqual([`${LOOKUPS}/${lookup}`, '1', 'respond-async']);
  });

  it('is told of a refusal at once', async () => {
    const { ask } = await opened();
    expect(await ask({ motivo: 'ALTRO' }, later)).toMatchObject({ status: 403, code: 'motivo-non-ammesso' });
  });

  it('gets 202 after the seconds that it wanted to wait', async () => {
    const { ask, channel } = await opened();
    channel.hold();
    const { status, headers } = await ask({}, { headers: { prefer: 'wait=1' } });
    expect([status, headers.get('preference-applied')]).toEqual([202, 'wait=1']);
  });

  it('gets the answer where it comes in time', async () => {
    const { ask } = await opened();
    expect((await ask({}, { headers: { prefer: 'respond-async, wait=5' } })).status).toBe(200);
  });

  it('is told that nothing is recorded when nobody takes commands', async () => {
    const { ask, bus, channel } = await opened();
    await bus.close(0);
    const reply = await ask({}, later);
    expect(reply).toMatchObject({ status: 503, code: 'richiesta-non-registrata' });
    expect(reply.headers.get('retry-after')).toBe('2');
    expect(channel.departed).toEqual([]);
  });
});

describe('picking up over HTTP', () => {
  /** Starts a lookup that has no answer yet. */
  const started = async (options?: HouseOptions): Promise<string> => {
    const { ask, channel } = await opened(options);
    channel.hold();
    return (await ask({}, later)).headers.get('location')!;
  };
  const answered = async (location: string, call?: Parameters<Served['get']>[1]): Promise<Reply> => {
    for (;;) {
      const reply = await served.get(location, call);
      if (reply.status !== 202) return reply;
    }
  };

  it('says that there is no outcome yet, then gives the answer as often as it is wanted', async () => {
    const location = await started();
    const early = await served.get(location);
    expect([early.status, early.headers.get('retry-after'), early.body['stato']]).toEqual([202, '1', 'in-corso']);
    served.channel.departed[0]!.answer();
    const first = await answered(location);
    expect(first).toMatchObject({ status: 200, body: { esito: 'trovato' } });
    expect((await served.get(location)).body).toEqual(first.body);
    expect((await served.get(location.replace(ids.comune, '058091'))).status).toBe(200);
  });

  it('tells what went wrong instead', async () => {
    const location = await started();
    served.channel.departed[0]!.answer(failing('anpr-ha-rifiutato'));
    expect(await answered(location)).toMatchObject({ status: 502, code: 'anpr-ha-rifiutato' });
  });

  it('is over after ten minutes', async () => {
    const location = await started();
    served.channel.departed[0]!.answer();
    await answered(location);
    await served.house.collections.sweep(new Date(Date.now() + PICK_UP_MS + 1000));
    expect(await served.get(location)).toMatchObject({ status: 410, code: 'risposta-scaduta' });
  });

  it.each<[string, (location: string) => Promise<Reply>]>([
    ['somebody else', (location) => served.get(location, { other: true })],
    ['an id that was never given', () => served.get(`${LOOKUPS}/${served.house.ask().id}`)],
    ['a lookup of long ago', () => served.get(`${LOOKUPS}/01J00000000000000000000000`)],
    ['another Comune', (location) => served.get(location.replace(ids.comune, 'F205'))],
  ])('finds nothing for %s', async (_, get) => {
    const location = await started({ comuni: [ids.comune, 'F205'] });
    served.channel.departed[0]!.answer();
    await answered(location);
    expect(await get(location)).toMatchObject({ status: 404, code: 'richiesta-sconosciuta' });
  });

  it.each<[string, DomainEvent, number, string]>([
    ['the session was closed', event('identity.session.closed', { session: ids.session, reason: 'uscita' }), 401, 'sessione-chiusa'],
    ['the convention was revoked', event('identity.convention.revoked', { convention: conventionOf(ids.comune), comune: ids.comune, ente: ids.ente, reason: 'fine' }), 403, 'convenzione-non-attiva'],
  ])('gives nothing after %s', async (_, happened, status, code) => {
    const location = await started();
    served.channel.departed[0]!.answer();
    await answered(location);
    await served.happens(happened);
    expect(await served.get(location)).toMatchObject({ status, code });
  });
});

describe('an Idempotency-Key over HTTP', () => {
  it('gives the first answer again, and asks ANPR once', async () => {
    const { ask, channel } = await opened({ terms: { quotas: { ...OPEN.quotas, userPerDay: 1 } } });
    const first = await ask({}, key('6f0c'));
    const again = await ask({}, key('6f0c'));
    expect(first.status).toBe(200);
    expect([again.status, again.body]).toEqual([200, first.body]);
    expect(channel.departed).toHaveLength(1);
  });

  it('gives everybody who waits the one answer', async () => {
    const { ask, channel } = await opened();
    channel.hold();
    const waiting = [ask({}, key('k')), ask({}, key('k')), ask({}, key('k', { prefer: 'respond-async' }))] as const;
    const { headers } = await waiting[2];
    channel.departed[0]!.answer();
    const [one, two] = await Promise.all([waiting[0], waiting[1]]);
    expect([one.status, two.status]).toEqual([200, 200]);
    expect(two.body).toEqual(one.body);
    expect(headers.get('location')).toBe(`${LOOKUPS}/${one.body['id'] as string}`);
  });

  it('is not for another body, and says so', async () => {
    const { ask, channel } = await opened();
    await ask({}, key('k'));
    expect(await ask({ pratica: '2026/1' }, key('k'))).toMatchObject({ status: 422, code: 'chiave-riutilizzata' });
    expect(channel.departed).toHaveLength(1);
  });

  it('is free again after a refusal, and after ANPR was absent', async () => {
    const { ask, channel } = await opened();
    expect((await ask({ motivo: 'ALTRO' }, key('k'))).status).toBe(403);
    channel.answers(() => failing('anpr-non-disponibile'));
    expect(await ask({}, key('k'))).toMatchObject({ status: 503, code: 'anpr-non-disponibile' });
    expect(await ask({}, key('k'))).toMatchObject({ status: 503, code: 'anpr-non-disponibile' });
    expect(channel.departed).toHaveLength(2);
  });
});

describe('a gateway that stops', () => {
  it('answers those who wait with what came of their lookups', async () => {
    const { ask, channel, close } = await opened();
    channel.hold();
    const asked = ask();
    await channel.left(1);
    await close();
    expect(await asked).toMatchObject({ status: 503, code: 'richiesta-interrotta' });
  });
});
