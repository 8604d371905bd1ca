import type { AskLookup, CollectLookup, LookupOutcome } from '@geres/contracts';
import { BusUnavailable, type Command, type CommandBus } from '@geres/kernel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PERSON } from '../testing/fake-channel.js';
import { ids, NOW } from '../testing/world.js';
import { Gateway } from './gateway.js';
import { Pending } from './pending.js';
import { preferenceOf } from './prefer.js';

beforeEach(() => void vi.useFakeTimers({ now: NOW }));
afterEach(() => void vi.useRealTimers());

const caller = { user: ids.user, ente: ids.ente, application: ids.application, session: ids.session, network: '127.0.0.1' };
const asked = { comune: ids.comune, request: { servizio: 'residenza', modalita: 'consultazione', soggetto: { codiceFiscale: PERSON.codiceFiscale }, motivo: 'TRIB-01' }, caller, correlationId: 'c' } as const;

/** A gateway whose bus takes commands and whose answers are given by the spec. */
function gateway(send: (command: Command) => Promise<void> = () => Promise.resolve()) {
  const commands: Command[] = [];
  const pending = new Pending();
  const bus = { send: (_: string, command: Command) => (commands.push(command), send(command)) } as unknown as CommandBus;
  const tell = (data: LookupOutcome): void => pending.hear({ type: 'anpr.lookup.answer', to: commands[0]!.id, issuedAt: NOW.toISOString(), expiresAt: NOW.toISOString(), data });
  return { gateway: new Gateway(bus, pending, () => new Date()), pending, commands, tell, recorded: () => tell({ kind: 'recorded', lookup: commands[0]!.id }) };
}
/** What has come of a promise so far. */
const now = async (promise: Promise<unknown>): Promise<unknown> => Promise.race([promise.catch((error: unknown) => error), vi.advanceTimersByTimeAsync(0).then(() => 'waits')]);

describe('the command of a lookup', () => {
  it.each([
    [undefined, 30],
    ['wait=7', 7],
    ['respond-async', 30],
    ['wait=60', 60],
  ])('with Prefer %s may be taken up for %i seconds', async (prefer, seconds) => {
    const { gateway: one, commands, recorded } = gateway();
    const heard = one.ask(asked, preferenceOf(prefer));
    await vi.advanceTimersByTimeAsync(0);
    const [command] = commands as [AskLookup];
    expect(Date.parse(command.expiresAt) - NOW.getTime()).toBe(seconds * 1000);
    expect([command.id, command.key]).toEqual([command.data.lookup, ids.comune]);
    recorded();
    await vi.advanceTimersByTimeAsync(70_000);
    expect(await heard).toMatchObject({ heard: { kind: 'recorded' } });
  });
});

describe('waiting for an outcome', () => {
  it('ends with it', async () => {
    const { gateway: one, tell, commands, recorded } = gateway();
    const heard = one.ask(asked, preferenceOf('wait=5'));
    recorded();
    expect(await now(heard)).toBe('waits');
    tell({ kind: 'answered', lookup: commands[0]!.id, risposta: {} });
    expect(await heard).toMatchObject({ heard: { kind: 'outcome', outcome: { kind: 'answered' } } });
  });

  it('ends after the time that the caller wanted, once the request is recorded', async () => {
    const { gateway: one, recorded, pending } = gateway();
    const heard = one.ask(asked, preferenceOf('wait=5'));
    recorded();
    await vi.advanceTimersByTimeAsync(4999);
    expect(await now(heard)).toBe('waits');
    await vi.advanceTimersByTimeAsync(1);
    expect(await now(heard)).toMatchObject({ heard: { kind: 'recorded' } });
    expect(pending.size).toBe(0);
  });

  it('goes on for a moment after that for the word that the request is recorded: it may have been taken up at the last', async () => {
    const { gateway: one, recorded } = gateway();
    const heard = one.ask(asked, preferenceOf('wait=5'));
    await vi.advanceTimersByTimeAsync(6000);
    expect(await now(heard)).toBe('waits');
    recorded();
    expect(await now(heard)).toMatchObject({ heard: { kind: 'recorded' } });
  });

  it('ends with a problem when that word does not come, after nobody may take the request up any more', async () => {
    const { gateway: one, commands, pending } = gateway();
    const heard = one.ask(asked, preferenceOf('wait=5'));
    heard.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(6999);
    expect(await now(heard)).toBe('waits');
    await vi.advanceTimersByTimeAsync(1);
    expect(await now(heard)).toMatchObject({ code: 'richiesta-non-registrata', params: { richiesta: commands[0]!.id } });
    expect(Date.now()).toBeGreaterThan(Date.parse(commands[0]!.expiresAt));
    expect(pending.size).toBe(0);
  });

  it('does not begin for a caller who wants none, once the request is recorded', async () => {
    const { gateway: one, recorded } = gateway();
    const heard = one.ask(asked, preferenceOf('respond-async'));
    expect(await now(heard)).toBe('waits');
    recorded();
    expect(await now(heard)).toMatchObject({ heard: { kind: 'recorded' } });
  });

  it('does not begin when the bus does not take the command', async () => {
    const { gateway: one, pending } = gateway(() => Promise.reject(new BusUnavailable('away')));
    await expect(one.ask(asked, preferenceOf(undefined))).rejects.toMatchObject({ code: 'richiesta-non-registrata' });
    expect(pending.size).toBe(0);
  });

  it('ignores what cannot be read, and what is for somebody else', async () => {
    const { gateway: one, pending, commands, recorded } = gateway();
    const heard = one.ask(asked, preferenceOf('respond-async'));
    for (const message of [null, 'x', {}, { to: commands[0]!.id }, { to: commands[0]!.id, data: { kind: 'recorded' } }, { to: 'another', data: {} }]) pending.hear(message);
    expect(await now(heard)).toBe('waits');
    recorded();
    expect(await now(heard)).toMatchObject({ heard: { kind: 'recorded' } });
  });
});

describe('a pick-up', () => {
  it('that nobody answers says that the service is not ready, not that nothing was recorded', async () => {
    const { gateway: one, commands } = gateway();
    const heard = one.collect(ids.comune, commands[0]?.id ?? '01JDREQ0000000000000000000', caller, 'c');
    heard.catch(() => undefined);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await now(heard)).toMatchObject({ code: 'servizio-non-pronto' });
    expect((commands[0] as CollectLookup).data.lookup).toBe('01JDREQ0000000000000000000');
  });
});
