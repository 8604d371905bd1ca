import type { AskLookup } from '@geres/contracts';
import { ulid } from 'ulid';
import { afterEach, describe, expect, it } from 'vitest';
import { failing } from '../testing/fake-channel.js';
import { openHouse, type House, type HouseOptions, type Post } from '../testing/house.js';
import { conventionOf, OTHER, profileOf } from '../testing/identity.js';
import { ids } from '../testing/world.js';

let house: House;
afterEach(() => house.close());

const opened = async (options?: HouseOptions): Promise<Post> => (house = await openHouse(options)).post();
const sessionClosed = { type: 'identity.session.closed', v: 1, data: { session: ids.session, reason: 'uscita' } };
const TURNS = 20;
/** Lets everything happen that can happen by itself. */
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < TURNS; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('one lookup', () => {
  it('is admitted, recorded, asked, settled and told, in this order', async () => {
    const post = await opened();
    const command = house.ask();
    const { lookup } = command.data;
    await post.send(command);
    expect(await post.outcome(lookup)).toMatchObject({ kind: 'answered', lookup, risposta: { esito: 'trovato' }, limits: { limit: 100_000 } });
    expect(post.seen.filter((step) => !step.startsWith('told recorded'))).toEqual([`durable anpr.lookup.requested ${lookup}`, `asked ${lookup}`, `durable anpr.lookup.answered ${lookup}`, `told answered ${lookup}`]);
  });

  it('is recorded with what was admitted and without the person', async () => {
    const post = await opened();
    const [command] = await post.send(house.ask({ key: 'chiave' }));
    await post.outcome(command.id);
    const [requested, answered] = (await house.register(command.id)).slice(1);
    expect(requested!.data).toMatchObject({ convention: conventionOf(ids.comune), profile: profileOf(ids.comune), channel: 'ws', sections: ['2', '10', '27', '28'], territory: 'nazionale', anprOperator: ids.operator, operationId: command.id });
    expect(requested!.meta).toMatchObject({ actor: `user:${ids.user}`, application: ids.application, session: ids.session, causationId: command.id });
    expect(answered!.data).toMatchObject({ outcome: 'trovato', persons: 1, anprOperationId: '1' });
    expect(JSON.stringify([requested, answered])).not.toMatch(/SNTPRS80A41H501U|Sintetica|004512|chiave/);
  });

  it('never leaves for ANPR before its request is durable, and nothing is told before', async () => {
    const post = await opened();
    const release = post.gate.hold('anpr.lookup.requested');
    const [command] = await post.send(house.ask());
    await post.gate.came('anpr.lookup.requested');
    await turns();
    expect(post.channel.departed).toEqual([]);
    expect(post.told(command.id)).toEqual([]);
    release();
    expect(await post.code(command.id)).toBe('answered');
  });

  it('is told to nobody before its outcome is durable: neither to its caller, nor to a repeat, nor at pick-up', async () => {
    const post = await opened();
    post.channel.hold();
    const first = house.ask({ key: 'k' });
    await post.send(first);
    await post.channel.left(1);
    const release = post.gate.hold('anpr.lookup.answered');
    post.channel.departed[0]!.answer();
    await post.gate.came('anpr.lookup.answered');
    const repeat = house.ask({ key: 'k' });
    const pickUp = house.collect(first.id);
    await post.send(repeat);
    await post.send(pickUp);
    await turns();
    expect([first, repeat, pickUp].flatMap(({ id }) => post.told(id)).filter(({ kind }) => kind !== 'recorded')).toEqual([]);
    release();
    expect([await post.code(first.id), await post.code(repeat.id), await post.code(pickUp.id)]).toEqual(['answered', 'answered', 'answered']);
  });

  it('tells a repeat nothing of an outcome that comes while the repeat is being recorded', async () => {
    const post = await opened();
    post.channel.hold();
    const first = house.ask({ key: 'k' });
    await post.send(first);
    await post.channel.left(1);
    const repeats = Array.from({ length: 30 }, () => house.ask({ key: 'k' }));
    const releaseOutcome = post.gate.hold('anpr.lookup.answered');
    const others = Array.from({ length: 5 }, () => house.ask());
    await post.send(...others, ...repeats);
    post.channel.departed[0]!.answer();
    await post.gate.came('anpr.lookup.answered');
    await turns();
    expect(repeats.flatMap(({ id }) => post.told(id)).filter(({ kind }) => kind === 'answered')).toEqual([]);
    releaseOutcome();
    expect(new Set(await Promise.all(repeats.map(({ id }) => post.code(id))))).toEqual(new Set(['answered']));
  });

  it('keeps its answer when the store is away for a while, and tells it when it is recorded', async () => {
    const post = await opened();
    post.gate.spoil('anpr.lookup.answered', 'refused', 3);
    const [command] = await post.send(house.ask());
    expect(await post.code(command.id)).toBe('answered');
    expect(await house.chain(command)).toEqual(['requested', 'answered']);
    expect(post.channel.departed).toHaveLength(1);
  });

  it('is told its answer, too, when the store takes that up only after the attempt was given up', async () => {
    const post = await opened();
    post.gate.spoil('anpr.lookup.answered', 'late');
    const [command] = await post.send(house.ask());
    await post.gate.came('anpr.lookup.answered');
    const release = post.gate.hold('anpr.lookup.answered');
    await turns();
    await post.gate.letThrough();
    release();
    expect(await post.code(command.id)).toBe('answered');
    expect(await house.chain(command)).toEqual(['requested', 'answered']);
  });

  it('is closed as failed, with the reason, when ANPR does not answer', async () => {
    const post = await opened();
    post.channel.answers(() => failing('anpr-tempo-scaduto'));
    const [command] = await post.send(house.ask());
    expect(await post.code(command.id)).toBe('anpr-tempo-scaduto');
    expect(await house.chain(command)).toEqual(['requested', 'failed']);
  });
});

describe('a request whose append fails', () => {
  it('is recorded and asked once when only the reply was lost', async () => {
    const post = await opened();
    post.gate.spoil('anpr.lookup.requested', 'reply-lost');
    const [command] = await post.send(house.ask());
    expect(await post.code(command.id)).toBe('answered');
    expect(await house.chain(command)).toEqual(['requested', 'answered']);
    expect(post.channel.departed).toHaveLength(1);
  });

  it('comes again and is asked once when the store refused it', async () => {
    const post = await opened({ settings: { maxInFlight: 1, maxQueued: 0 } });
    post.gate.spoil('anpr.lookup.requested', 'refused', 2);
    const [command] = await post.send(house.ask());
    // The place in the bulkhead, of which there is one, was given back both times.
    expect(await post.code(command.id)).toBe('answered');
    expect(await house.chain(command)).toEqual(['requested', 'answered']);
  });

  it('is not asked under another record when the store takes it up only after all was given up, and its command comes again', async () => {
    const post = await opened({ sweepMs: 600_000 });
    post.gate.spoil('anpr.lookup.requested', 'late');
    const command = house.ask();
    await expect(post.connector.take(command)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await post.gate.letThrough();
    await post.send(command);
    expect(await post.code(command.id)).toBe('richiesta-interrotta');
    expect(await house.chain(command)).toEqual(['requested', 'interrupted']);
    expect(post.channel.departed).toEqual([]);
  });
});

describe('a lookup of this process that nobody has in hand', () => {
  it('is closed when its command comes again', async () => {
    const post = await opened({ sweepMs: 600_000 });
    post.gate.spoil('anpr.lookup.requested', 'late');
    const lost = house.ask();
    await expect(post.connector.take(lost)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await post.gate.letThrough();
    const [next] = await post.send(house.ask());
    expect(await post.code(next.id)).toBe('answered');
    await post.send(lost);
    expect(await post.code(lost.id)).toBe('richiesta-interrotta');
    expect(await house.chain(lost)).toEqual(['requested', 'interrupted']);
    expect(post.channel.departed).toHaveLength(1);
  });

  it('is told to be closed also when that is recorded only after the attempt was given up', async () => {
    const post = await opened({ sweepMs: 600_000 });
    const lost = house.ask();
    for (const type of ['anpr.lookup.requested', 'anpr.lookup.interrupted']) {
      post.gate.spoil(type, 'late');
      await expect(post.connector.take(lost)).rejects.toMatchObject({ name: 'StoreUnavailable' });
      await post.gate.letThrough();
    }
    await post.send(lost);
    expect(await post.code(lost.id)).toBe('richiesta-interrotta');
    expect(await house.chain(lost)).toEqual(['requested', 'interrupted']);
  });

  it('is closed by its own sweep, without its command coming again', async () => {
    const post = await opened();
    post.gate.spoil('anpr.lookup.requested', 'late');
    const lost = house.ask();
    await expect(post.connector.take(lost)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await post.gate.letThrough();
    const [next] = await post.send(house.ask());
    expect(await post.code(next.id)).toBe('answered');
    expect(await post.code(lost.id)).toBe('richiesta-interrotta');
    expect(await house.chain(lost)).toEqual(['requested', 'interrupted']);
  });
});

describe('a refusal', () => {
  it('is recorded before it is told, with its reason', async () => {
    const post = await opened();
    const release = post.gate.hold('anpr.lookup.refused');
    const [command] = await post.send(house.ask({ request: { motivo: 'ALTRO' } }));
    await post.gate.came('anpr.lookup.refused');
    await turns();
    expect(post.told(command.id)).toEqual([]);
    release();
    expect(await post.code(command.id)).toBe('motivo-non-ammesso');
    expect(await house.chain(command)).toEqual(['refused']);
  });

  it('is one event with others past the sixtieth of a minute, and every caller is told', async () => {
    const post = await opened();
    const first = house.clock().getTime();
    const commands = Array.from({ length: 75 }, () => house.ask({ request: { motivo: 'ALTRO' } }));
    // Within one civil minute, whatever the minute of this spec.
    const minute = Math.floor(first / 60_000);
    const same = commands.filter(({ issuedAt }) => Math.floor(Date.parse(issuedAt) / 60_000) === minute);
    await post.send(...same);
    expect(new Set(await Promise.all(same.map(({ id }) => post.code(id))))).toEqual(new Set(['motivo-non-ammesso']));
    const events = await house.register(commands[0]!.id);
    const together = events.filter(({ type }) => type === 'anpr.lookup.refusals-counted').flatMap(({ data }) => (data as { lookups: readonly string[] }).lookups);
    expect(events.filter(({ type }) => type === 'anpr.lookup.refused')).toHaveLength(Math.min(60, same.length));
    expect(together).toEqual(same.slice(60).map(({ id }) => id));
  });

  it('is counted once with others when the store takes that up only after the attempt was given up, and their commands come again', async () => {
    const post = await opened();
    const at = house.clock().getTime();
    const refused = (): AskLookup => house.ask({ lookup: ulid(at), request: { motivo: 'ALTRO' } });
    const alone = await post.send(...Array.from({ length: 60 }, refused));
    await Promise.all(alone.map(({ id }) => post.code(id)));
    post.gate.spoil('anpr.lookup.refusals-counted', 'late');
    const [early, later] = [refused(), refused()];
    await expect(post.connector.take(early)).rejects.toMatchObject({ name: 'StoreUnavailable' });
    await post.gate.letThrough();
    // Both in one group, whose first has been counted.
    await post.send(early, later);
    expect([await post.code(early.id), await post.code(later.id)]).toEqual(['motivo-non-ammesso', 'motivo-non-ammesso']);
    const counted = (await house.register(early.id)).filter(({ type }) => type === 'anpr.lookup.refusals-counted');
    expect(counted.map(({ data }) => (data as { lookups: readonly string[] }).lookups)).toEqual([[early.id], [later.id]]);
    expect(new Set(counted.map(({ id }) => id)).size).toBe(2);
  });

  it('of a command found past its deadline says so, and nothing is asked', async () => {
    const post = await opened();
    const command = house.ask({ expiresInMs: 1000 });
    house.advance(1000);
    await post.send(command);
    expect(await post.code(command.id)).toBe('scaduta');
    expect(await house.chain(command)).toEqual(['refused']);
    expect(post.channel.departed).toEqual([]);
  });

  it('is what everybody gets while it cannot be shown that rights are fresh', async () => {
    const post = await opened();
    house.stall();
    const [command] = await post.send(house.ask());
    expect(await post.code(command.id)).toBe('diritti-non-verificabili');
    expect(await house.chain(command)).toEqual(['refused']);
  });

  it('comes from a full bulkhead, and what it holds goes on', async () => {
    const post = await opened({ settings: { maxInFlight: 1, maxQueued: 1 } });
    post.channel.hold();
    const commands = await post.send(house.ask(), house.ask(), house.ask());
    expect(await post.code(commands[2]!.id)).toBe('comune-sovraccarico');
    post.channel.departed[0]!.answer();
    expect(await post.code(commands[0]!.id)).toBe('answered');
    await post.channel.left(2);
    post.channel.departed[1]!.answer();
    expect(await post.code(commands[1]!.id)).toBe('answered');
  });
});

describe('a command that nobody may act on', () => {
  it.each<[string, (command: AskLookup) => object]>([
    ['asks for a day that is not there yet', (command) => ({ ...command, id: '7ZZZZZZZZZ0000000000000000', data: { ...command.data, lookup: '7ZZZZZZZZZ0000000000000000' } })],
    ['asks for a day of long ago', (command) => ({ ...command, id: '01000000000000000000000000', data: { ...command.data, lookup: '01000000000000000000000000' } })],
    ['has an id of another moment than its own', (command) => ({ ...command, issuedAt: new Date(Date.parse(command.issuedAt) - 3_600_000).toISOString() })],
    ['goes by another id than its lookup', (command) => ({ ...command, id: house.ask().id })],
    ['has the key of another Comune', (command) => ({ ...command, key: 'A944' })],
    ['has a field that is not known', (command) => ({ ...command, extra: 1 })],
  ])('is put aside when it %s, and begins no register', async (_, wrong) => {
    const post = await opened();
    await post.send(wrong(house.ask()) as AskLookup);
    const [right] = await post.send(house.ask());
    await post.outcome(right.id);
    expect(post.parked).toHaveLength(1);
    expect(post.parked[0]!.reason).not.toContain('SNTPRS');
    const registers = await house.register('7ZZZZZZZZZ0000000000000000');
    expect([...registers, ...(await house.register('01000000000000000000000000'))]).toEqual([]);
    expect(post.seen.filter((step) => step.startsWith('durable'))).toHaveLength(2);
  });
});

describe('a lookup that waits for its turn', () => {
  const convention = { convention: conventionOf(ids.comune), comune: ids.comune, ente: ids.ente };
  it.each([
    ['the session is closed', sessionClosed, 'sessione-chiusa'],
    ['the user is disabled', { type: 'identity.user.disabled', v: 1, data: { user: ids.user, reason: 'cessato', by: 'TOP' } }, 'utente-non-abilitato'],
    ['the application is disabled', { type: 'identity.application.disabled', v: 1, data: { application: ids.application, reason: 'dismessa' } }, 'applicazione-non-abilitata'],
    ['the convention is suspended', { type: 'identity.convention.suspended', v: 1, data: { ...convention, reason: 'verifica' } }, 'convenzione-non-attiva'],
    ['the connection is suspended', { type: 'anpr.connection.suspended', v: 1, data: { comune: ids.comune, channel: 'ws', reason: 'guasto' } }, 'connessione-non-attiva'],
  ])('does not leave after %s', async (_, event, code) => {
    const post = await opened({ settings: { maxInFlight: 1, maxQueued: 5 } });
    post.channel.hold();
    const [, waiting] = await post.send(house.ask({ other: true }), house.ask());
    await post.word(waiting.id);
    await house.happens(event);
    post.channel.departed[0]!.answer();
    expect(await post.code(waiting.id)).toBe(code);
    expect(post.channel.departed).toHaveLength(1);
    expect(await house.chain(waiting)).toEqual(['requested', 'failed']);
  });

  it('does not leave when its time is over', async () => {
    const post = await opened({ settings: { maxInFlight: 1, maxQueued: 5 } });
    post.channel.hold();
    const [, waiting] = await post.send(house.ask(), house.ask());
    await post.word(waiting.id);
    house.advance(60_000);
    post.channel.departed[0]!.answer();
    expect(await post.code(waiting.id)).toBe('scaduta');
    expect(post.channel.departed).toHaveLength(1);
  });

  it('does not leave when freshness can no longer be shown', async () => {
    const post = await opened({ settings: { maxInFlight: 1, maxQueued: 5 } });
    post.channel.hold();
    const [, waiting] = await post.send(house.ask(), house.ask());
    await post.word(waiting.id);
    house.stall();
    post.channel.departed[0]!.answer();
    expect(await post.code(waiting.id)).toBe('diritti-non-verificabili');
  });

  it('is not tried again over the wire either once its rights are gone', async () => {
    const post = await opened();
    post.channel.hold();
    await post.send(house.ask());
    await post.channel.left(1);
    const { question } = post.channel.departed[0]!;
    expect(question.forbids()).toBeUndefined();
    await house.happens(sessionClosed);
    expect(question.forbids()).toBe('sessione-chiusa');
  });
});

it('knows two operators of one Ente apart', async () => {
  const post = await opened();
  await house.happens({ type: 'identity.session.closed', v: 1, data: { session: OTHER.session, reason: 'uscita' } });
  const [mine, others] = await post.send(house.ask(), house.ask({ other: true }));
  expect([await post.code(mine.id), await post.code(others.id)]).toEqual(['answered', 'sessione-chiusa']);
});
