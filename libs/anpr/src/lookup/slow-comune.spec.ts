import type { AskLookup } from '@geres/contracts';
import { ComuneDirectory } from '@geres/platform/auth';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { wsChannel } from '../channel/ws.channel.js';
import { anprServer, type AnprServer } from '../testing/anpr-server.js';
import { failing, PERSON } from '../testing/fake-channel.js';
import { openHouse, type House, type Post } from '../testing/house.js';
import { SETTINGS } from '../testing/identity.js';
import { answer, card, OWN } from '../testing/soap-answers.js';

const FIFTY = Array.from({ length: 50 }, (_, n) => `Z${100 + n}`);
const [SLOW, ...OTHERS] = FIFTY as [string, ...string[]];
const each = (comuni: readonly string[], times: number, house: House): readonly AskLookup[] => comuni.flatMap((comune) => Array.from({ length: times }, () => house.ask({ comune })));
const codes = (post: Post, commands: readonly AskLookup[]): Promise<readonly string[]> => Promise.all(commands.map(({ id }) => post.code(id)));
const outcomes = async (post: Post, commands: readonly AskLookup[]): Promise<Readonly<Record<string, number>>> => {
  const counted: Record<string, number> = {};
  for (const code of await codes(post, commands)) counted[code] = (counted[code] ?? 0) + 1;
  return counted;
};

let house: House;
const closing: { close(): Promise<void> }[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await house.close();
  for (const one of closing.splice(0)) await one.close();
});

/** Time stands still unless a spec lets it pass: who is answered has waited for nothing. */
describe('one Comune among fifty whose ANPR takes 75 seconds to answer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] }));
  const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

  it('makes no other wait, as long as it lasts', async () => {
    house = await openHouse({ comuni: FIFTY, settings: { maxInFlight: 6, maxQueued: 10 } });
    const post = await house.post();
    post.channel.hold(SLOW);
    const slow = await post.send(...each([SLOW], 20, house));
    expect(await outcomes(post, await post.send(...each(OTHERS, 4, house)))).toEqual({ answered: 196 });
    expect(await codes(post, slow.slice(16))).toEqual(Array.from({ length: 4 }, () => 'comune-sovraccarico'));
    for (let look = 0; look < 5; look++) {
      await pass(15_000);
      expect(await outcomes(post, await post.send(...each(OTHERS, 1, house)))).toEqual({ answered: 49 });
    }
    const late = post.channel.departed.filter(({ question }) => question.comune.comune === SLOW);
    expect(late.map(({ question }) => question.lookup)).toEqual(slow.slice(0, 6).map(({ id }) => id));
    // Nothing was heard of six for 20 seconds: those behind them were told, and did not wait for a minute.
    expect(await outcomes(post, slow.slice(6, 16))).toEqual({ 'anpr-non-disponibile': 10 });
    for (const departed of late) departed.answer();
    expect(await outcomes(post, slow.slice(0, 6))).toEqual({ answered: 6 });
  });

  it('is named by the log and by the metrics, alone', async () => {
    house = await openHouse({ comuni: FIFTY.slice(0, 3), settings: { maxInFlight: 2 } });
    const lines: string[] = [];
    const metrics = createMetrics();
    const post = await house.post({ metrics, log: createLog({ level: 'info', destination: { write: (line) => void lines.push(line) } }) });
    post.channel.hold(SLOW);
    await post.send(...each(FIFTY.slice(0, 3), 2, house));
    await post.channel.left(6);
    const states = async (): Promise<readonly string[]> => (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('geres_circuit_state{'));
    expect(new Set((await states()).map((line) => line.slice(-2)))).toEqual(new Set([' 0']));
    await pass(20_000);
    expect((await states()).filter((line) => !line.endsWith(' 0'))).toEqual([`geres_circuit_state{comune="${SLOW}",canale="ws"} 2`]);
    post.channel.departed.find(({ question }) => question.comune.comune === SLOW)!.answer(failing('anpr-ha-rifiutato'));
    await pass(10);
    const told = lines.map((line) => JSON.parse(line) as { readonly event: string; readonly level: string; readonly comune: string; readonly channel: string });
    expect(told.filter(({ event }) => event.startsWith('anpr.circuit')).map(({ event, level, comune, channel }) => [event, level, comune, channel])).toEqual([
      ['anpr.circuit-open', 'warn', SLOW, 'ws'],
      ['anpr.circuit-closed', 'info', SLOW, 'ws'],
    ]);
  });
});

describe('a read that waits two minutes for one Comune', () => {
  const idIn = (body: string): string => /<idOperazioneComune>([^<]+)/.exec(body)![1]!;

  it('holds no socket of another, and nobody else’s turn', async () => {
    const mute = await anprServer(() => undefined);
    const answering = await anprServer((reply, { body }) => void reply.writeHead(200, { 'content-type': 'text/xml' }).end(answer([card({ codiceFiscale: PERSON.codiceFiscale })], { operation: idIn(body) })));
    house = await openHouse({ comuni: FIFTY, settings: { endpoint: answering.url, senderCode: OWN, maxInFlight: 3, maxQueued: 20, timeoutMs: 120_000 } });
    await house.happens({ type: 'anpr.connection.configured', v: 1, data: { comune: SLOW, channel: 'ws', settings: { ...SETTINGS, endpoint: mute.url, senderCode: OWN, maxInFlight: 3, maxQueued: 20, timeoutMs: 120_000 } } });
    const ws = wsChannel({ clock: house.clock, comuni: () => new ComuneDirectory() });
    const post = await house.post({ channels: { ws, pdnd: () => Promise.reject(new Error('asked over pdnd')) } });
    closing.push(ws, mute, answering);
    const slow = await post.send(...each([SLOW], 10, house));
    await mute.arrived(3);
    const others = await post.send(...each(OTHERS, 4, house));
    expect(await outcomes(post, others)).toEqual({ answered: 196 });
    expect(slow.flatMap(({ id }) => post.told(id)).filter(({ kind }) => kind !== 'recorded')).toEqual([]);
    expect([mute.asked.length, socketsOf(mute).size]).toEqual([3, 3]);
    const comuneOf = new Map(others.map(({ id, data }) => [id, data.comune]));
    const sockets = new Map<number, Set<string>>();
    for (const { port, body } of answering.asked) sockets.set(port, (sockets.get(port) ?? new Set()).add(comuneOf.get(idIn(body))!));
    expect([...sockets.values()].filter((comuni) => comuni.size > 1)).toEqual([]);
    await post.connector.stop(0);
  });

  const socketsOf = ({ asked }: AnprServer): ReadonlySet<number> => new Set(asked.map(({ port }) => port));
});
