import type { PdndSettings } from '@geres/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import type { AskChannel } from '../channel/channel.js';
import { furtherOperationId } from '../protocol/pdnd/index.js';
import { failing, found } from '../testing/fake-channel.js';
import { openHouse, type House, type HouseOptions, type Post } from '../testing/house.js';
import { OPEN } from '../testing/identity.js';
import { ids } from '../testing/world.js';

let house: House;
afterEach(() => house.close());

/** Operations for which ANPR was asked, and what happens between the calls of a lookup. */
interface Calls {
  readonly made: string[];
  readonly ask: AskChannel<PdndSettings>;
  between: () => unknown;
}

/** A channel that makes so many calls for each lookup. */
function calling(times = 2): Calls {
  const calls: Calls = {
    made: [],
    between: () => undefined,
    async ask(question) {
      calls.made.push(question.operationId);
      for (let number = 2; number <= times; number++) {
        await calls.between();
        const operationId = furtherOperationId(question.operationId, number);
        const wrong = await question.further!(operationId);
        if (wrong) return failing(wrong);
        calls.made.push(operationId);
      }
      return found(question);
    },
  };
  return calls;
}

const over = (pdnd: AskChannel<PdndSettings>) => ({ channels: { ws: () => Promise.reject(new Error('not over ws')), pdnd } });
const opened = async (calls: Calls, options: HouseOptions = {}): Promise<Post> => (house = await openHouse({ channel: 'pdnd', ...options })).post(over(calls.ask));
const asksOf = async (lookup: string) => (await house.register(lookup)).flatMap(({ type, data }) => (type === 'anpr.lookup.asked' ? [data as { readonly call: number; readonly operationId: string; readonly askBy: string }] : []));

describe('a further call to ANPR for the same lookup', () => {
  it('is durable before it starts', async () => {
    const calls = calling();
    const post = await opened(calls);
    const release = post.gate.hold('anpr.lookup.asked');
    const [command] = await post.send(house.ask());
    await post.gate.came('anpr.lookup.asked');
    expect(calls.made).toHaveLength(1);
    release();
    expect(await post.code(command.id)).toBe('answered');
    expect(await house.chain(command)).toEqual(['requested', 'asked', 'answered']);
    const [asked] = await asksOf(command.id);
    expect(asked).toEqual({ lookup: command.id, comune: ids.comune, call: 2, operationId: calls.made[1], askBy: new Date(Date.parse(command.issuedAt) + 60_000).toISOString() });
  });

  it('is numbered, each after the one before', async () => {
    const calls = calling(4);
    const post = await opened(calls);
    const [command] = await post.send(house.ask());
    await post.outcome(command.id);
    expect((await asksOf(command.id)).map(({ call, operationId }) => [call, operationId])).toEqual([2, 3, 4].map((call) => [call, calls.made[call - 1]]));
    expect(new Set((await house.register(command.id)).map(({ id }) => id)).size).toBe(6);
  });

  it.each<[how: string, between: () => unknown, problem: string]>([
    ['once the session is closed', () => house.happens({ type: 'identity.session.closed', v: 1, data: { session: ids.session, reason: 'uscita' } }), 'sessione-chiusa'],
    ['once the connection is suspended', () => house.happens({ type: 'anpr.connection.suspended', v: 1, data: { comune: ids.comune, channel: 'pdnd', reason: 'prova' } }), 'connessione-non-attiva'],
    ['where nobody can show that the rights are fresh', () => house.stall(), 'diritti-non-verificabili'],
    ['past its time', () => house.advance(60_001), 'scaduta'],
  ])('does not start %s', async (_, between, problem) => {
    const calls = calling();
    const post = await opened(calls);
    calls.between = between;
    const [command] = await post.send(house.ask());
    expect(await post.code(command.id)).toBe(problem);
    expect(calls.made).toHaveLength(1);
    expect(await house.chain(command)).toEqual(['requested', 'failed']);
  });

  it('does not start beyond the calls of the day, all of which may be used', async () => {
    const calls = calling();
    const post = await opened(calls, { terms: { quotas: { ...OPEN.quotas, callsPerDay: 3 } } });
    const codes: string[] = [];
    for (let n = 0; n < 3; n++) {
      const [command] = await post.send(house.ask());
      codes.push(await post.code(command.id));
    }
    // The second used the last one, for its first call; the third is not even recorded as requested.
    expect(codes).toEqual(['answered', 'quota-superata', 'quota-superata']);
    expect(calls.made).toHaveLength(3);
    expect((await house.register(house.ask().id)).map(({ type }) => type.replace('anpr.lookup.', '')).slice(1)).toEqual(['requested', 'asked', 'answered', 'requested', 'failed', 'refused']);
  });

  it('does not exceed them where many ask at once', async () => {
    const calls = calling(3);
    const post = await opened(calls, { terms: { quotas: { ...OPEN.quotas, callsPerDay: 20 } } });
    const commands = await post.send(...Array.from({ length: 15 }, () => house.ask()));
    await Promise.all(commands.map(({ id }) => post.outcome(id)));
    expect(calls.made).toHaveLength(20);
    expect(new Set(calls.made).size).toBe(20);
  });

  it('does not start where another connector owns the register', async () => {
    const calls = calling();
    const post = await opened(calls);
    calls.between = async () => {
      const other = await house.post(over(async (question) => found(question)));
      const [next] = await other.send(house.ask());
      await other.outcome(next.id);
    };
    const [command] = await post.send(house.ask());
    expect(await post.code(command.id)).toBe('richiesta-interrotta');
    expect(calls.made).toHaveLength(1);
    expect(await asksOf(command.id)).toEqual([]);
  });

  it('does not start where the store refused its record, and starts where only the reply was lost', async () => {
    const calls = calling();
    const post = await opened(calls);
    post.gate.spoil('anpr.lookup.asked', 'refused');
    const [refused] = await post.send(house.ask());
    expect(await post.code(refused.id)).toBe('richiesta-interrotta');
    expect(calls.made).toHaveLength(1);
    post.gate.spoil('anpr.lookup.asked', 'reply-lost');
    const [lost] = await post.send(house.ask());
    expect(await post.code(lost.id)).toBe('answered');
    expect(await asksOf(lost.id)).toHaveLength(1);
  });

  it('counts for the next owner of the register', async () => {
    const calls = calling();
    const post = await opened(calls, { terms: { quotas: { ...OPEN.quotas, callsPerDay: 4 } } });
    const [first] = await post.send(house.ask());
    await post.outcome(first.id);
    await post.connector.stop(0);
    const next = await house.post(over(calls.ask));
    const codes: string[] = [];
    for (let n = 0; n < 2; n++) {
      const [command] = await next.send(house.ask());
      codes.push(await next.code(command.id));
    }
    expect(codes).toEqual(['answered', 'quota-superata']);
    expect(calls.made).toHaveLength(4);
  });
});

it('a lookup tells its channel who asks, through which application, and nothing of the person behind', async () => {
  const calls = calling(1);
  const callers: unknown[] = [];
  const post = await (house = await openHouse({ channel: 'pdnd' })).post(
    over((question) => {
      callers.push(question.caller);
      return calls.ask(question);
    }),
  );
  const [command] = await post.send(house.ask());
  await post.outcome(command.id);
  expect(callers).toEqual([{ user: ids.user, location: ids.application }]);
});

it('over ws it tells the operator that was recorded, with the codice fiscale still sealed', async () => {
  const post = await (house = await openHouse()).post();
  const [command] = await post.send(house.ask());
  await post.outcome(command.id);
  expect(post.channel.departed[0]!.question.anprOperator).toEqual({ operator: ids.operator, codiceFiscale: 's1.x', from: '2020-01-01' });
});
