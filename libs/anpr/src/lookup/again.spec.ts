import { afterEach, describe, expect, it } from 'vitest';
import { failing, found } from '../testing/fake-channel.js';
import { openHouse, type House, type HouseOptions, type Post } from '../testing/house.js';
import { conventionOf, OPEN } from '../testing/identity.js';
import { ids } from '../testing/world.js';
import { PICK_UP_MS } from './conclusion.js';

let house: House;
afterEach(() => house.close());

const opened = async (options?: HouseOptions): Promise<Post> => (house = await openHouse(options)).post();

describe('an idempotency key', () => {
  it('finds the first lookup again: one question, one answer', async () => {
    const post = await opened();
    const [first] = await post.send(house.ask({ key: 'k' }));
    const answer = await post.outcome(first.id);
    const [again] = await post.send(house.ask({ key: 'k' }));
    expect(await post.outcome(again.id)).toMatchObject({ kind: 'answered', lookup: first.id, risposta: (answer as { risposta: object }).risposta });
    expect(post.channel.departed).toHaveLength(1);
    expect(await house.chain(again)).toEqual([]);
  });

  it('waits with the first lookup, however many come', async () => {
    const post = await opened();
    post.channel.hold();
    const all = await post.send(...Array.from({ length: 10 }, () => house.ask({ key: 'k' })));
    await Promise.all(all.map(({ id }) => post.word(id)));
    expect(post.told(all[9]!.id)).toEqual([{ kind: 'recorded', lookup: all[0]!.id }]);
    post.channel.departed[0]!.answer();
    expect(new Set(await Promise.all(all.map(({ id }) => post.code(id))))).toEqual(new Set(['answered']));
    expect(post.channel.departed).toHaveLength(1);
  });

  it('is another for another operator, another Comune', async () => {
    const post = await opened({ comuni: [ids.comune, 'F205'] });
    const all = await post.send(house.ask({ key: 'k' }), house.ask({ key: 'k', other: true }), house.ask({ key: 'k', comune: 'F205' }));
    for (const { id } of all) expect(await post.outcome(id)).toMatchObject({ kind: 'answered', lookup: id });
    expect(post.channel.departed).toHaveLength(3);
  });

  it('is not for another body', async () => {
    const post = await opened();
    const [first, other] = await post.send(house.ask({ key: 'k' }), house.ask({ key: 'k', request: { servizio: 'generalita' } }));
    expect([await post.code(first.id), await post.code(other.id)]).toEqual(['answered', 'chiave-riutilizzata']);
  });

  it('starts another attempt, linked to the first, after ANPR was absent', async () => {
    const post = await opened();
    post.channel.answers(() => failing('anpr-non-disponibile'));
    const [first] = await post.send(house.ask({ key: 'k' }));
    expect(await post.code(first.id)).toBe('anpr-non-disponibile');
    post.channel.answers(found);
    const [again] = await post.send(house.ask({ key: 'k' }));
    expect(await post.outcome(again.id)).toMatchObject({ kind: 'answered', lookup: again.id });
    const requested = (await house.register(again.id)).filter(({ type }) => type === 'anpr.lookup.requested');
    expect(requested.map(({ data }) => (data as { retryOf?: string }).retryOf)).toEqual([undefined, first.id]);
  });

  it('takes no quota when it finds the first lookup', async () => {
    const post = await opened({ terms: { quotas: { ...OPEN.quotas, userPerDay: 2 } } });
    const [first] = await post.send(house.ask({ key: 'k' }));
    await post.outcome(first.id);
    const again = await post.send(...Array.from({ length: 5 }, () => house.ask({ key: 'k' })));
    for (const { id } of again) expect(await post.code(id)).toBe('answered');
    const [second, third] = await post.send(house.ask(), house.ask());
    expect([await post.code(second.id), await post.code(third.id)]).toEqual(['answered', 'quota-superata']);
  });
});

describe('pick-up', () => {
  it('says that there is no outcome yet, then gives the answer', async () => {
    const post = await opened();
    post.channel.hold();
    const [command] = await post.send(house.ask());
    await post.channel.left(1);
    const early = house.collect(command.id);
    await post.send(early);
    expect(await post.outcome(early.id)).toEqual({ kind: 'pending', lookup: command.id, retryAfter: 1 });
    post.channel.departed[0]!.answer();
    await post.outcome(command.id);
    const late = house.collect(command.id);
    await post.send(late);
    expect(await post.outcome(late.id)).toMatchObject({ kind: 'answered', lookup: command.id, risposta: { esito: 'trovato' } });
  });

  it('is not for anybody else, and says no more than that', async () => {
    const post = await opened();
    const [command] = await post.send(house.ask());
    await post.outcome(command.id);
    const others = house.collect(command.id, { other: true });
    await post.send(others);
    expect(await post.code(others.id)).toBe('richiesta-sconosciuta');
  });

  it('is over after ten minutes', async () => {
    const post = await opened();
    const [command] = await post.send(house.ask());
    await post.outcome(command.id);
    await house.collections.sweep(new Date(Date.now() + PICK_UP_MS + 1000));
    const late = house.collect(command.id);
    await post.send(late);
    expect(await post.code(late.id)).toBe('risposta-scaduta');
  });

  it('tells any other outcome by its problem', async () => {
    const post = await opened();
    post.channel.answers(() => failing('risposta-non-coerente'));
    const [failed, refused] = await post.send(house.ask(), house.ask({ request: { motivo: 'ALTRO' } }));
    await Promise.all([post.outcome(failed.id), post.outcome(refused.id)]);
    const both = [house.collect(failed.id), house.collect(refused.id)];
    for (const one of both) await post.send(one);
    expect([await post.code(both[0]!.id), await post.code(both[1]!.id)]).toEqual(['risposta-non-coerente', 'motivo-non-ammesso']);
  });

  it('gives nothing once the rights are gone', async () => {
    const post = await opened();
    const [command] = await post.send(house.ask());
    await post.outcome(command.id);
    await house.happens({ type: 'identity.convention.suspended', v: 1, data: { convention: conventionOf(ids.comune), comune: ids.comune, ente: ids.ente, reason: 'verifica' } });
    const later = house.collect(command.id);
    await post.send(later);
    expect(await post.code(later.id)).toBe('convenzione-non-attiva');
  });

  it('of something that was never asked begins no register', async () => {
    const post = await opened();
    const unknown = house.collect(house.ask().id);
    await post.send(unknown);
    expect(await post.code(unknown.id)).toBe('richiesta-sconosciuta');
    expect(await house.register(unknown.id)).toEqual([]);
  });
});
