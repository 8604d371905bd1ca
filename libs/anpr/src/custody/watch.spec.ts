import { randomUUID } from 'node:crypto';
import { connectionEvents, known, type ConnectionEvent, type InstalledCertificate } from '@geres/contracts';
import { fold, WrongVersion, type DomainEvent, type EventStore } from '@geres/kernel';
import { memoryEventStore } from '@geres/kernel/testing';
import { createMetrics } from '@geres/platform/metrics';
import { ulid } from 'ulid';
import { afterEach, describe, expect, it } from 'vitest';
import { connection } from '../connection/connection.domain.js';
import { secretRows } from '../testing/custody.js';
import { record } from '../testing/identity.js';
import { watchCertificates, type CertificateWatch, type WatchPorts } from './watch.js';

const DAY_MS = 86_400_000;
const START = new Date('2026-11-23T09:00:00Z');
const responsible = '01JD0SER00000000000000000A';
const settings = { endpoint: 'http://127.0.0.1:8081/x', senderCode: '058091', security: 'wss' as const, timeoutMs: 20_000, maxInFlight: 10, maxQueued: 10 };
const inDays = (days: number): string => new Date(START.getTime() + days * DAY_MS).toISOString();

const watches: CertificateWatch[] = [];
afterEach(async () => {
  for (const watch of watches.splice(0)) await watch.stop();
});

/** Connections whose events are in a store, and a clock that a test moves. */
function world(store: EventStore & { readonly events: readonly DomainEvent[] } = memoryEventStore()) {
  const { store: secretStore, rows } = secretRows();
  const secrets = secretStore();
  const metrics = createMetrics();
  const failures: unknown[] = [];
  let now = START;
  const states = () => {
    const byStream = new Map<string, ConnectionEvent[]>();
    for (const event of store.events.map((one) => known(connectionEvents, one))) {
      const name = `${event.data.comune}/${event.data.channel}`;
      byStream.set(name, [...(byStream.get(name) ?? []), event]);
    }
    return [...byStream.values()].map((events) => ({ of: events[0]!.data, state: fold(connection, events as never) }));
  };
  const ports: WatchPorts = {
    store,
    secrets,
    connections: () => states().flatMap(({ of: { comune, channel }, state }) => (state.status === 'absent' ? [] : [{ comune, channel, certificates: state.certificates }])),
    clock: () => now,
    environment: 'test',
    metrics,
    onFailure: (error) => failures.push(error),
  };
  const of = (comune: string) => ({ comune, channel: 'ws' as const });
  return {
    store,
    secrets,
    rows,
    metrics,
    failures,
    start: (changes: Partial<WatchPorts> = {}): CertificateWatch => {
      const watch = watchCertificates({ ...ports, ...changes });
      watches.push(watch);
      return watch;
    },
    moveTo: (days: number) => void (now = new Date(START.getTime() + days * DAY_MS)),
    configured: (comune = 'H501') => record(store, [{ type: 'anpr.connection.configured', v: 1, data: { ...of(comune), settings } }], START),
    async installed(notAfter: string, { comune = 'H501', certificate = ulid(START.getTime()), ...changes }: Partial<InstalledCertificate> & { readonly comune?: string; readonly notBefore?: string } = {}): Promise<string> {
      const { notBefore = '2020-01-01T00:00:00.000Z', ...rest } = changes;
      const x509 = { thumbprint: randomUUID().replaceAll('-', '').repeat(2), subject: 'CN=058091-CO-9999', issuer: 'CN=CA', serial: '01', notBefore, notAfter };
      await record(store, [{ type: 'anpr.connection.certificate-installed', v: 1, data: { ...of(comune), certificate, use: 'firma', kid: 'k', responsible, custody: 'connettore', x509, ...rest } }], START);
      return certificate;
    },
    happens: (event: ConnectionEvent) => record(store, [event], now),
    warnings: () => store.events.flatMap((one) => {
      const event = known(connectionEvents, one);
      return event.type === 'anpr.connection.certificate-expiring' ? [`${event.data.comune} ${event.data.days}`] : [];
    }),
  };
}

describe('the end of a certificate', () => {
  it('is told once at 60, 30, 10, 3 and 1 days, as the days go by', async () => {
    const { configured, installed, start, moveTo, warnings, store } = world();
    await configured();
    const certificate = await installed(inDays(100));
    const watch = start();
    const told: [number, string[]][] = [];
    for (let day = 0; day <= 101; day++) {
      moveTo(day);
      const before = warnings().length;
      await watch.look();
      await watch.look();
      if (warnings().length > before) told.push([100 - day, warnings().slice(before)]);
    }
    expect(told).toEqual([60, 30, 10, 3, 1].map((days) => [days, [`H501 ${days}`]]));
    expect(store.events.at(-1)).toMatchObject({ data: { certificate, notAfter: inDays(100) }, meta: { actor: 'system:connector', environment: 'test' } });
  });

  it('is looked for at the start, and only the nearest warning is given after a time away', async () => {
    const { configured, installed, start, warnings } = world();
    await configured();
    await installed(inDays(7));
    await start().look();
    expect(warnings()).toEqual(['H501 10']);
  });

  it('is told once, however many connectors look together', async () => {
    const { configured, installed, start, warnings, failures } = world();
    await configured();
    await installed(inDays(9));
    await Promise.all(Array.from({ length: 5 }, () => start().look()));
    expect(warnings()).toEqual(['H501 10']);
    expect(failures).toEqual([]);
  });

  it('is not told again after another start', async () => {
    const { configured, installed, start, warnings } = world();
    await configured();
    await installed(inDays(9));
    await start().look();
    await start().look();
    expect(warnings()).toEqual(['H501 10']);
  });

  it('is no matter once another certificate takes over before it, and is when that one is retired', async () => {
    const { configured, installed, start, warnings, happens } = world();
    await configured();
    await installed(inDays(9));
    const next = await installed(inDays(2000), { notBefore: inDays(-1) });
    const watch = start();
    await watch.look();
    expect(warnings()).toEqual([]);
    await happens({ type: 'anpr.connection.certificate-retired', v: 1, data: { comune: 'H501', channel: 'ws', certificate: next, reason: 'prova' } });
    await watch.look();
    expect(warnings()).toEqual(['H501 10']);
  });

  it.each<[string, Partial<InstalledCertificate> & { readonly notBefore?: string }]>([
    ['is for another use', { use: 'tls', notBefore: inDays(-1) }],
    ['begins after a gap', { notBefore: inDays(11) }],
  ])('is told all the same when the other certificate %s', async (_, changes) => {
    const { configured, installed, start, warnings } = world();
    await configured();
    await installed(inDays(9));
    await installed(inDays(2000), changes);
    await start().look();
    expect(warnings()).toEqual(['H501 10']);
  });

  it('is told of one Comune when the store fails for another, which is told of at the next look', async () => {
    const { configured, installed, start, warnings, failures, store } = world();
    for (const comune of ['H501', 'F205']) {
      await configured(comune);
      await installed(inDays(9), { comune });
    }
    let broken = true;
    const failing: EventStore = {
      ...store,
      read: (...given) => store.read(...given),
      append: (stream, ...rest) => (broken && stream.includes('H501') ? Promise.reject(new WrongVersion(stream, 1, 2)) : store.append(stream, ...rest)),
    };
    const watch = start({ store: failing });
    await watch.look();
    expect(warnings()).toEqual(['F205 10']);
    expect(failures).toMatchObject([{ name: 'WrongVersion' }]);
    broken = false;
    await watch.look();
    expect(warnings()).toEqual(['F205 10', 'H501 10']);
  });

  it('is looked for on a timer too, which keeps no process alive', async () => {
    const { configured, installed, start, warnings, moveTo, store } = world();
    await configured();
    await installed(inDays(70));
    const watch = start({ everyMs: 5 });
    await watch.look();
    expect(warnings()).toEqual([]);
    moveTo(65);
    for await (const item of store.subscribe('start', { prefixes: ['connection-'], signal: AbortSignal.timeout(10_000) })) if ('type' in item && item.type.endsWith('certificate-expiring')) break;
    expect(warnings()).toEqual(['H501 10']);
  });

  it('is a metric of seconds, until no certificate is left without a gap', async () => {
    const { configured, installed, start, moveTo, metrics } = world();
    await configured();
    await installed(inDays(10));
    await installed(inDays(50), { notBefore: inDays(8) });
    await installed(inDays(90), { notBefore: inDays(60) });
    await installed(inDays(20), { use: 'tls' });
    start();
    const shown = async (): Promise<readonly string[]> => (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('geres_certificate_expiry_seconds{'));
    expect(await shown()).toEqual([`geres_certificate_expiry_seconds{comune="H501",canale="ws",uso="firma"} ${50 * 86_400}`, `geres_certificate_expiry_seconds{comune="H501",canale="ws",uso="tls"} ${20 * 86_400}`]);
    moveTo(55);
    expect(await shown()).toEqual([`geres_certificate_expiry_seconds{comune="H501",canale="ws",uso="firma"} ${-5 * 86_400}`, `geres_certificate_expiry_seconds{comune="H501",canale="ws",uso="tls"} ${-35 * 86_400}`]);
  });
});

describe('a key that outlives its certificate', () => {
  const place = (certificate: string): string => `anpr/H501/ws/${certificate}`;
  const kept = async ({ rows }: ReturnType<typeof world>): Promise<readonly string[]> => (await rows.find({ limit: 100 })).rows.flatMap(({ id, row }) => ('destroyed' in row ? [] : [id]));

  it('is erased when its event was never recorded, a day later', async () => {
    const one = world();
    await one.configured();
    const orphan = ulid(START.getTime());
    await one.secrets.put(place(orphan), Buffer.from('key'));
    await one.secrets.put('connector/inbox', Buffer.from('own'));
    const watch = one.start();
    await watch.look();
    expect(await kept(one)).toEqual([place(orphan), 'connector/inbox']);
    one.moveTo(1);
    await watch.look();
    expect(await kept(one)).toEqual(['connector/inbox']);
  });

  it('is erased when a crash came between its retirement and its end', async () => {
    const one = world();
    await one.configured();
    const retired = await one.installed(inDays(100));
    await one.secrets.put(place(retired), Buffer.from('key'));
    await one.happens({ type: 'anpr.connection.certificate-retired', v: 1, data: { comune: 'H501', channel: 'ws', certificate: retired, reason: 'prova' } });
    await one.start().look();
    expect(await kept(one)).toEqual([]);
  });

  it('is kept while it is used or waits for its certificate, however old', async () => {
    const one = world();
    await one.configured();
    const used = await one.installed(inDays(100));
    const requested = ulid(START.getTime() + 1);
    await one.happens({ type: 'anpr.connection.certificate-requested', v: 1, data: { comune: 'H501', channel: 'ws', certificate: requested, use: 'firma', kid: 'k', responsible } });
    for (const certificate of [used, requested]) await one.secrets.put(place(certificate), Buffer.from('key'));
    one.moveTo(300);
    await one.start().look();
    expect(await kept(one)).toEqual([place(used), place(requested)]);
  });
});
