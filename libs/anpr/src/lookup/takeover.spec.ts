import type { AskLookup } from '@geres/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { openHouse, type House, type HouseOptions, type Post } from '../testing/house.js';
import { OPEN } from '../testing/identity.js';

let house: House;
afterEach(() => house.close());

const opened = async (options?: HouseOptions): Promise<Post> => (house = await openHouse(options)).post();

describe('two connectors on one store', () => {
  it('keep quotas exact when one takes over from the other, and back', async () => {
    const before = await opened({ terms: { quotas: { ...OPEN.quotas, userPerDay: 7 } } });
    const after = await house.post();
    const rounds = [before, after, before, after, before];
    const outcomes: string[] = [];
    let last = '';
    for (const post of rounds) {
      const commands = await post.send(house.ask(), house.ask());
      for (const { id } of commands) outcomes.push(await post.code(id));
      last = commands[0]!.id;
    }
    expect(outcomes.filter((outcome) => outcome === 'answered')).toHaveLength(7);
    expect(outcomes.filter((outcome) => outcome === 'quota-superata')).toHaveLength(3);
    expect((await house.register(last)).filter(({ type }) => type === 'anpr.lookup.requested')).toHaveLength(7);
  });

  it('keep quotas exact when both are asked at the same time', async () => {
    const one = await opened({ terms: { quotas: { ...OPEN.quotas, userPerDay: 9 } } });
    const two = await house.post();
    const commands = Array.from({ length: 20 }, (_, n) => ({ post: n % 2 === 0 ? one : two, command: house.ask() }));
    await Promise.all(commands.map(({ post, command }) => post.connector.take(command).catch(() => undefined)));
    const events = await house.register(commands[0]!.command.id);
    expect(events.filter(({ type }) => type === 'anpr.lookup.requested').length).toBeLessThanOrEqual(9);
    // Whoever lost the register left its commands to be sent again.
    for (const { command } of commands) await two.connector.take(command);
    const all = await house.register(commands[0]!.command.id);
    expect(all.filter(({ type }) => type === 'anpr.lookup.requested')).toHaveLength(9);
    expect(new Set(all.filter(({ type }) => type !== 'anpr.register.taken').map(({ id }) => id)).size).toBe(all.filter(({ type }) => type !== 'anpr.register.taken').length);
  });

  it('record nothing from an owner that was paused while the other went on', async () => {
    const paused = await opened({ terms: { quotas: { ...OPEN.quotas, userPerDay: 2 } } });
    const [warm] = await paused.send(house.ask());
    await paused.outcome(warm.id);
    const release = paused.gate.hold('anpr.lookup.requested');
    const [late] = await paused.send(house.ask({ key: 'k' }));
    await paused.gate.came('anpr.lookup.requested', 2);
    const other = await house.post();
    const [now] = await other.send(house.ask({ key: 'k' }));
    expect(await other.code(now.id)).toBe('answered');
    release();
    // It finds that it lost, decides anew, and meets the key that the other has bound.
    expect(await paused.outcome(late.id)).toMatchObject({ kind: 'answered', lookup: now.id });
    expect(paused.channel.departed).toHaveLength(1);
    expect((await house.register(warm.id)).filter(({ type }) => type === 'anpr.lookup.requested')).toHaveLength(2);
  });

  it('give no operation over PDND an id that another has, across takeover, restart and a clock that is set back', async () => {
    const before = await opened({ channel: 'pdnd' });
    const ids: string[] = [];
    const asked = async (post: Post): Promise<void> => {
      const commands = await post.send(house.ask(), house.ask());
      for (const { id } of commands) expect(await post.code(id)).toBe('answered');
      ids.push(...post.channel.departed.slice(-2).map(({ question }) => question.operationId));
    };
    await asked(before);
    const after = await house.post();
    house.advance(-5000);
    await asked(after);
    await asked(before);
    await before.connector.stop(0);
    house.advance(-5000);
    await asked(await house.post());
    const events = await house.register(house.ask().id);
    expect(events.flatMap(({ type, data }) => (type === 'anpr.lookup.requested' ? [(data as { operationId: string }).operationId] : [])).sort()).toEqual([...ids].sort());
    expect(ids.map(BigInt)).toEqual([...new Set(ids)].map(BigInt).sort((a, b) => (a < b ? -1 : 1)));
  });

  it('know one key: a repeat at the one waits for the answer that the other holds', async () => {
    const holder = await opened();
    holder.channel.hold();
    const [first] = await holder.send(house.ask({ key: 'k' }));
    await holder.channel.left(1);
    const other = await house.post();
    const [repeat] = await other.send(house.ask({ key: 'k' }));
    await other.word(repeat.id);
    holder.channel.departed[0]!.answer();
    // Whoever holds an outcome appends it, also after losing the register.
    expect(await holder.code(first.id)).toBe('answered');
    expect(await other.outcome(repeat.id)).toMatchObject({ kind: 'answered', lookup: first.id });
    expect(other.channel.departed).toEqual([]);
    expect(await house.chain(first)).toEqual(['requested', 'answered']);
  });

  it('let the next owner find at pick-up what the one before it concluded', async () => {
    const holder = await opened();
    holder.channel.hold();
    const [first] = await holder.send(house.ask());
    await holder.channel.left(1);
    const other = await house.post();
    const early = house.collect(first.id);
    await other.send(early);
    expect(await other.code(early.id)).toBe('pending');
    holder.channel.departed[0]!.answer();
    await holder.outcome(first.id);
    const late = house.collect(first.id);
    await other.send(late);
    expect(await other.code(late.id)).toBe('answered');
  });
});

describe('a lookup that a crash has left open', () => {
  /** A process that has asked, and of which nothing is heard any more. */
  const crashed = async (): Promise<AskLookup> => {
    const dead = await opened();
    dead.channel.hold();
    const [command] = await dead.send(house.ask({ key: 'k' }));
    await dead.channel.left(1);
    return command!;
  };

  it('is closed as interrupted by the next owner, once nobody can answer any more and not before', async () => {
    const command = await crashed();
    const next = await house.post();
    const [other] = await next.send(house.ask());
    await next.outcome(other.id);
    await next.send(house.settle(command.id));
    const early = house.collect(command.id);
    await next.send(early);
    expect(await next.code(early.id)).toBe('pending');
    house.advance(60_000 + 120_000);
    await next.gate.done('anpr.lookup.interrupted');
    const late = house.collect(command.id);
    await next.send(late);
    expect(await next.code(late.id)).toBe('richiesta-interrotta');
    expect(await house.chain(command)).toEqual(['requested', 'interrupted']);
    const [again] = await next.send(house.ask({ key: 'k' }));
    expect(await next.outcome(again.id)).toMatchObject({ kind: 'answered', lookup: again.id });
  });

  it('is closed on a command of monitoring, once however often it comes', async () => {
    const command = await crashed();
    const next = await house.post();
    house.advance(60_000 + 120_000);
    for (let i = 0; i < 3; i++) await next.connector.take(house.settle(command.id));
    expect(await house.chain(command)).toEqual(['requested', 'interrupted']);
  });

  it('is never closed while its owner holds it, however late', async () => {
    const command = await crashed();
    const holder = await house.post();
    holder.channel.hold();
    const [held] = await holder.send(house.ask());
    await holder.channel.left(1);
    house.advance(600_000);
    await holder.connector.take(house.settle(held.id));
    await holder.gate.done('anpr.lookup.interrupted'); // the one of the crash
    expect(await house.chain(command)).toEqual(['requested', 'interrupted']);
    expect(await house.chain(held)).toEqual(['requested']);
    holder.channel.departed[0]!.answer();
    expect(await holder.code(held.id)).toBe('answered');
  });

  it('discards an answer that comes when it is closed', async () => {
    const slow = await opened();
    slow.channel.hold();
    const [command] = await slow.send(house.ask());
    await slow.channel.left(1);
    const next = await house.post();
    house.advance(60_000 + 120_000);
    await next.connector.take(house.settle(command.id));
    slow.channel.departed[0]!.answer();
    expect(await slow.code(command.id)).toBe('richiesta-interrotta');
    expect(await house.chain(command)).toEqual(['requested', 'interrupted']);
  });
});

describe('a connector that stops', () => {
  it('waits for what is in flight and loses nothing', async () => {
    const post = await opened();
    post.channel.hold();
    const commands = await post.send(house.ask(), house.ask());
    await post.channel.left(2);
    const stopped = post.connector.stop(60_000);
    for (const { answer } of post.channel.departed) answer();
    await stopped;
    for (const command of commands) expect(await house.chain(command)).toEqual(['requested', 'answered']);
  });

  it('cuts what takes too long, and leaves nothing open', async () => {
    const post = await opened({ settings: { maxInFlight: 1, maxQueued: 5 } });
    post.channel.hold();
    const commands = await post.send(house.ask(), house.ask());
    await post.word(commands[1]!.id);
    await post.connector.stop(0);
    for (const command of commands) {
      expect(await house.chain(command)).toEqual(['requested', 'interrupted']);
      expect(await post.code(command.id)).toBe('richiesta-interrotta');
    }
    expect(post.channel.departed).toHaveLength(1);
  });

  it('takes nothing more: another will', async () => {
    const post = await opened();
    await post.connector.stop(0);
    const command = house.ask();
    await expect(post.connector.take(command)).rejects.toMatchObject({ name: 'ConnectorStopping' });
    const next = await house.post();
    await next.send(command);
    expect(await next.code(command.id)).toBe('answered');
  });
});
