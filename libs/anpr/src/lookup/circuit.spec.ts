import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { failing } from '../testing/fake-channel.js';
import { openHouse, type House, type HouseOptions, type Post } from '../testing/house.js';
import { ids } from '../testing/world.js';

let house: House;
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] }));
afterEach(async () => {
  vi.useRealTimers();
  await house.close();
});

const opened = async (options: HouseOptions = {}): Promise<Post> => (house = await openHouse({ settings: { maxInFlight: 5, maxQueued: 50 }, ...options })).post();
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const outcomeOf = async (post: Post, command = house.ask()): Promise<string> => {
  await post.send(command);
  return post.code(command.id);
};

describe('a Comune whose ANPR does not answer', () => {
  it.each(['anpr-non-disponibile', 'anpr-tempo-scaduto'] as const)('asks no more after five failures, %s: it says so at once, on record, and when to come again', async (problem) => {
    const post = await opened();
    post.channel.answers(() => failing(problem));
    for (let question = 0; question < 5; question++) expect(await outcomeOf(post)).toBe(problem);
    const command = house.ask();
    await post.send(command);
    expect(await post.outcome(command.id)).toMatchObject({ kind: 'problem', problem: { code: 'anpr-non-disponibile', status: 503, retryAfter: 10 } });
    expect(post.channel.departed).toHaveLength(5);
    expect(await house.chain(command)).toEqual(['requested', 'failed']);
    const [, failed] = (await house.register(command.id)).filter(({ data }) => (data as { lookup?: string }).lookup === command.id);
    expect(failed!.data).toEqual({ lookup: command.id, comune: ids.comune, problem: 'anpr-non-disponibile', detail: 'circuito-aperto' });
  });

  it('tells nobody before the failure is durable', async () => {
    const post = await opened();
    post.channel.answers(() => failing('anpr-tempo-scaduto'));
    for (let question = 0; question < 5; question++) await outcomeOf(post);
    const release = post.gate.hold('anpr.lookup.failed');
    const [command] = await post.send(house.ask());
    await post.gate.came('anpr.lookup.failed', 6);
    await pass(10);
    expect(post.told(command.id).filter(({ kind }) => kind === 'problem')).toEqual([]);
    release();
    expect(await post.code(command.id)).toBe('anpr-non-disponibile');
  });

  it('goes on asking while ANPR refuses: it answers', async () => {
    const post = await opened();
    post.channel.answers(() => failing('anpr-ha-rifiutato'));
    for (let question = 0; question < 8; question++) expect(await outcomeOf(post)).toBe('anpr-ha-rifiutato');
  });

  it('lets one question try after a while, and then all, if it was answered', async () => {
    const post = await opened();
    post.channel.answers(() => failing('anpr-tempo-scaduto'));
    for (let question = 0; question < 5; question++) await outcomeOf(post);
    await pass(10_000);
    post.channel.hold();
    post.channel.answers(({ lookup }) => ({ ...failing('anpr-ha-rifiutato'), lookup }));
    const [probe] = await post.send(house.ask());
    await post.channel.left(6);
    expect(await outcomeOf(post)).toBe('anpr-non-disponibile');
    post.channel.departed[5]!.answer();
    expect(await post.code(probe.id)).toBe('anpr-ha-rifiutato');
    const [after] = await post.send(house.ask());
    await post.channel.left(7);
    post.channel.departed[6]!.answer();
    expect(await post.code(after.id)).toBe('anpr-ha-rifiutato');
  });

  it('has a key free for another attempt', async () => {
    const post = await opened();
    post.channel.answers(() => failing('anpr-tempo-scaduto'));
    for (let question = 0; question < 5; question++) await outcomeOf(post);
    expect(await outcomeOf(post, house.ask({ key: 'k' }))).toBe('anpr-non-disponibile');
    await pass(10_000);
    post.channel.answers(() => failing('anpr-ha-rifiutato'));
    expect(await outcomeOf(post, house.ask({ key: 'k' }))).toBe('anpr-ha-rifiutato');
  });
});

it('a question that waits in the queue until its time is over has expired, and was never asked', async () => {
  const post = await opened({ settings: { maxInFlight: 1, maxQueued: 5, breaker: { silenceMs: 120_000 } } });
  post.channel.hold();
  const [slow, waiting] = await post.send(house.ask(), house.ask());
  await post.channel.left(1);
  await pass(60_000);
  expect(await post.code(waiting.id)).toBe('scaduta');
  expect(await house.chain(waiting)).toEqual(['requested', 'failed']);
  expect(post.channel.departed.map(({ question }) => question.lookup)).toEqual([slow.id]);
});

describe('questions in the name of one ANPR operator', () => {
  it('leave evenly, and those that cannot leave within their minute are told so at once', async () => {
    const post = await opened({ settings: { maxInFlight: 50, maxQueued: 50, operatorPerMinute: 3 } });
    const commands = await post.send(...Array.from({ length: 5 }, () => house.ask()));
    expect(await post.code(commands[3]!.id)).toBe('scaduta');
    expect(await post.code(commands[4]!.id)).toBe('scaduta');
    expect(post.channel.departed).toHaveLength(1);
    await pass(20_000);
    expect(post.channel.departed).toHaveLength(2);
    await pass(20_000);
    expect(post.channel.departed.map(({ question }) => question.lookup)).toEqual(commands.slice(0, 3).map(({ id }) => id));
  });
});
