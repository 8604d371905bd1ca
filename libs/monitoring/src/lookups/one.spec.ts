import { DettaglioRichiesta, registerStream } from '@geres/contracts';
import { whole, type DomainEvent } from '@geres/kernel';
import { archiveKeyId } from '@geres/platform/keys';
import { ulid } from 'ulid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asked, ids, record, requested } from '../testing/archive.js';
import { approved, asAdmin, asTool, asTop, convention, drafted, happened, now, openTestReading, type TestReading } from '../testing/reading.js';
import { oneLookup } from './list.js';
import { revealSubject } from './reveal.js';
import type { Scope } from './scope.domain.js';

let reading: TestReading;
const each = (): void => {
  beforeEach(async () => void (reading = await openTestReading()));
  afterEach(() => reading.close());
};

const at = new Date('2026-11-23T09:00:00.000Z');
const day = registerStream(ids.comune, '2026-11-23');
const PERSON = { codiceFiscale: 'XXXYYY80A01H501D' };

async function lookup(dichiarati?: object): Promise<string> {
  const id = await asked(reading.archive, { at, outcome: 'trovato', subject: PERSON, pratica: '2026/1', ...(dichiarati ? { dichiarati } : {}) });
  await reading.seen();
  return id;
}

async function counted(): Promise<string> {
  const id = ulid(at.getTime());
  await record(reading.archive.store, day, at, { type: 'anpr.lookup.refusals-counted', v: 1, data: { comune: ids.comune, application: ids.application, reason: 'quota-superata', minute: at.toISOString(), lookups: [id, ulid(at.getTime())] } });
  await reading.seen();
  return id;
}

describe('one lookup', () => {
  each();

  it('comes with its events in words, as its register holds them, and no others', async () => {
    await record(reading.archive.store, day, at, { type: 'anpr.register.taken', v: 1, data: { comune: ids.comune, day: '2026-11-23', owner: 'connettore-1' } });
    await asked(reading.archive, { at });
    const id = ulid(at.getTime());
    const requestedEvent = await requested(reading.archive.keys, id, { at, subject: PERSON, pratica: '2026/1' });
    await record(reading.archive.store, day, at, requestedEvent);
    await asked(reading.archive, { at });
    await record(reading.archive.store, day, at, { type: 'anpr.lookup.asked', v: 1, data: { lookup: id, comune: ids.comune, call: 2, operationId: 'seconda', askBy: at.toISOString() } });
    await record(reading.archive.store, day, at, { type: 'anpr.lookup.failed', v: 1, data: { lookup: id, comune: ids.comune, problem: 'anpr-tempo-scaduto', anprMs: 20_000 } });
    await reading.seen();
    const answer = await oneLookup(reading.ports, asTop, id);
    expect(DettaglioRichiesta.parse(answer)).toEqual(answer);
    const { events } = await whole(reading.archive.store.read(day));
    const its = [events[2]!, events[4]!, events[5]!];
    expect(answer.eventi.map(({ versione, impronta, posizione, tipo }) => ({ versione, impronta, posizione, tipo }))).toEqual(its.map(({ version, digest, position, type }) => ({ versione: version, impronta: digest, posizione: position, tipo: type })));
    expect(answer).toMatchObject({ registro: day, stato: 'fallita', esito: 'anpr-tempo-scaduto', soggetto: 'oscurato', idOperazione: 'seconda' });
    expect(answer.eventi.map(({ descrizione }) => descrizione)).toEqual([expect.stringContaining('ha chiesto residenza'), expect.stringContaining('la chiamata 2'), expect.stringContaining('anpr-tempo-scaduto')]);
    expect(answer.eventi[0]!.chi).toBe(`utente ${ids.user}`);
    expect(JSON.stringify(answer)).not.toMatch(/XXXYYY|2026\/1|s1\./);
  });

  it('is read from the place of its events, also far into a long day', async () => {
    for (let index = 0; index < 6; index++) await record(reading.archive.store, day, at, ...(await Promise.all(Array.from({ length: 120 }, () => requested(reading.archive.keys, ulid(at.getTime()), { at })))));
    const id = await lookup();
    expect((await oneLookup(reading.ports, asTop, id)).eventi.map(({ versione }) => versione)).toEqual([721, 722]);
  });

  it('may be a refusal counted together with others', async () => {
    const id = await counted();
    expect(await oneLookup(reading.ports, asTop, id)).toMatchObject({ soggetto: 'assente', stato: 'rifiutata', esito: 'quota-superata', eventi: [{ tipo: 'anpr.lookup.refusals-counted' }] });
  });

  it.each<[string, Scope]>([
    ['a TOP of another Comune', { kind: 'comune', comune: ids.otherComune }],
    ['an ADMIN of another Ente', { kind: 'ente', comune: ids.comune, ente: ids.otherEnte }],
    ['an ADMIN of the same Ente in another Comune', { kind: 'ente', comune: ids.otherComune, ente: ids.ente }],
  ])('is not there for %s, just as one that never was', async (_, scope) => {
    const id = await lookup();
    await expect(oneLookup(reading.ports, scope, id)).rejects.toMatchObject({ code: 'richiesta-non-trovata' });
    await expect(revealSubject(reading.ports, scope, reading.reader, id, 'verifica')).rejects.toMatchObject({ code: 'richiesta-non-trovata' });
    await expect(oneLookup(reading.ports, scope, ulid())).rejects.toMatchObject({ code: 'richiesta-non-trovata' });
    expect(await reading.consulted()).toEqual([]);
  });

  it('is there for the ADMIN of its Ente, and not for a reporting tool', async () => {
    const id = await lookup();
    expect(await oneLookup(reading.ports, asAdmin, id)).toMatchObject({ id });
    await expect(oneLookup(reading.ports, asTool, id)).rejects.toMatchObject({ code: 'monitoraggio-non-consentito' });
  });
});

describe('revealing the person of a lookup', () => {
  each();

  const reveal = (id: string, scope: Scope = asTop, ports = reading.ports) => revealSubject(ports, scope, reading.reader, id, 'reclamo dell’interessato');

  it('shows a TOP whom was asked about, and keeps who saw it and why', async () => {
    const id = await lookup();
    expect(await reveal(id)).toEqual({ id, soggetto: PERSON, pratica: '2026/1', dataRiferimento: '2026-11-23' });
    const { events } = await whole(reading.archive.store.read(day));
    const { tags } = events[0]!.data as { readonly tags: readonly string[] };
    expect(await reading.consulted()).toEqual([{ comune: ids.comune, what: 'soggetto', lookup: id, tags, reason: 'reclamo dell’interessato', found: 1 }]);
  });

  it('shows what was declared of her, too', async () => {
    const dichiarati = { residenza: { comune: { nome: 'Roma', provincia: 'RM' }, toponimo: { specie: 'Via', denominazione: 'Delle Prove' } } };
    expect(await reveal(await lookup(dichiarati))).toMatchObject({ soggetto: PERSON, dichiarati });
  });

  it('is told only once it is recorded', async () => {
    const id = await lookup();
    const order: string[] = [];
    const slow = { record: () => new Promise<void>((resolve) => setImmediate(() => (order.push('recorded'), resolve()))) };
    await reveal(id, asTop, { ...reading.ports, recorder: slow }).then(() => order.push('told'));
    expect(order).toEqual(['recorded', 'told']);
    await expect(reveal(id, asTop, { ...reading.ports, recorder: { record: () => Promise.reject(new Error('disk full')) } })).rejects.toMatchObject({ code: 'consultazione-non-registrata', status: 503 });
  });

  it('is not possible once the secrets of the month were destroyed, nor for a refusal counted with others', async () => {
    const id = await lookup();
    const other = await counted();
    await reading.archive.keys.destroy(archiveKeyId(ids.comune, '202611'));
    await expect(reveal(id)).rejects.toMatchObject({ code: 'soggetto-non-leggibile' });
    await expect(reveal(other)).rejects.toMatchObject({ code: 'soggetto-non-leggibile' });
    expect(await reading.consulted()).toEqual([]);
  });

  it('is refused to an ADMIN while nobody can tell what the convention says now', async () => {
    const id = await lookup();
    await convention(reading, drafted(), approved());
    await reading.seen();
    const { state } = reading.ports.conventions;
    await expect(reveal(id, asAdmin, { ...reading.ports, conventions: { state, fresh: () => false } })).rejects.toMatchObject({ code: 'convenzioni-non-verificabili', status: 503 });
  });

  it('is not for reporting tools', async () => {
    await expect(reveal(await lookup(), asTool)).rejects.toMatchObject({ code: 'monitoraggio-non-consentito' });
  });
});

describe('revealing the person of a lookup to the ADMIN of its Ente', () => {
  beforeAll(async () => {
    reading = await openTestReading();
    // Another convention of the same Ente that allows it: it does not count for the lookups of these.
    await convention(reading, drafted(), approved());
  });
  afterAll(() => reading.close());

  /** A lookup under a convention of its own, to which these things have happened. */
  async function under(events: readonly DomainEvent[]): Promise<string> {
    const its = ulid();
    const id = await asked(reading.archive, { at, convention: its, subject: PERSON });
    if (events.length > 0) await record(reading.archive.store, `convention-${its}`, now, ...events.map((event) => ({ ...event, data: { ...event.data, convention: its } })));
    await reading.seen();
    return id;
  }
  const reveal = (id: string) => revealSubject(reading.ports, asAdmin, reading.reader, id, 'reclamo dell’interessato');
  const kept = async (id: string) => (await reading.consulted()).filter((data) => (data as { readonly lookup?: string }).lookup === id);

  it.each([
    ['allows it', [drafted(), approved()]],
    ['allows it since it was amended', [drafted({ adminSeesSubject: false }), approved(), happened('amended', { terms: { ...(drafted().data as { terms: object }).terms, adminSeesSubject: true } })]],
    ['allows it and was resumed', [drafted(), approved(), happened('suspended', { reason: 'x' }), happened('resumed')]],
    ['allows it and was extended', [drafted({ to: '2026-11-23' }), approved(), happened('extended', { to: '2026-11-24' })]],
    ['allows it and was confirmed again', [drafted(), approved('2026-11-23'), happened('recertified', { recertifyBy: '2027-11-23' })]],
  ])('is possible where the convention %s', async (_, events) => {
    const id = await under(events);
    expect(await reveal(id)).toMatchObject({ soggetto: PERSON });
    expect(await kept(id)).toHaveLength(1);
  });

  it.each([
    ['is not there', []],
    ['is not approved', [drafted()]],
    ['does not say so', [drafted({ adminSeesSubject: false }), approved()]],
    ['no longer says so', [drafted(), approved(), happened('amended', { terms: { ...(drafted().data as { terms: object }).terms, adminSeesSubject: false } })]],
    ['is suspended', [drafted(), approved(), happened('suspended', { reason: 'x' })]],
    ['is revoked', [drafted(), approved(), happened('revoked', { reason: 'x' })]],
    ['has ended', [drafted(), approved(), happened('expired', { on: '2026-11-20' })]],
    ['is past its last day', [drafted({ to: '2026-11-23' }), approved()]],
    ['has not begun', [drafted({ from: '2026-11-25' }), approved()]],
    ['was not confirmed in time', [drafted(), approved('2026-11-23')]],
  ])('is refused where the convention %s', async (_, events) => {
    const id = await under(events);
    await expect(reveal(id)).rejects.toMatchObject({ code: 'soggetto-non-consultabile' });
    expect(await kept(id)).toHaveLength(0);
  });
});
