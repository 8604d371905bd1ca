import { ElencoRichieste, ElencoRichiesteFiltri, registerStream, romeDay } from '@geres/contracts';
import { ulid } from 'ulid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { answered, asked, ids, record, type AskedLookup } from '../testing/archive.js';
import { asAdmin, asTool, asTop, now, openTestReading, type TestReading } from '../testing/reading.js';
import { cursorFrom } from './cursor.domain.js';
import { listLookups } from './list.js';
import type { Scope } from './scope.domain.js';

let reading: TestReading;

const at = (text: string): Date => new Date(text);
const ask = (more: Partial<AskedLookup> = {}): Promise<string> => asked(reading.archive, { at: at('2026-11-23T09:00:00.000Z'), outcome: 'trovato', ...more });
const list = (filters: Record<string, string> = {}, scope: Scope = asTop): Promise<ElencoRichieste> => listLookups(reading.ports, scope, ElencoRichiesteFiltri.parse(filters));
const idsOf = ({ richieste }: ElencoRichieste): readonly string[] => richieste.map(({ id }) => id);

/** Every page in turn, and the ids that their cursors hold. */
async function walk(filters: Record<string, string> = {}, scope: Scope = asTop): Promise<{ readonly found: readonly string[]; readonly pages: number; readonly cursors: readonly string[] }> {
  const found: string[] = [];
  const cursors: string[] = [];
  for (let pages = 1, dopo: string | undefined; ; pages++) {
    const page = await list({ ...filters, ...(dopo === undefined ? {} : { dopo }) }, scope);
    found.push(...idsOf(page));
    dopo = page.successivo;
    if (dopo === undefined) return { found, pages, cursors };
    cursors.push(cursorFrom(dopo)!);
  }
}

/** So many refusals in one millisecond, recorded together. */
async function refusedTogether(many: number, when = at('2026-11-23T09:00:00.000Z')): Promise<readonly string[]> {
  const lookups = Array.from({ length: many }, () => ulid(when.getTime()));
  await record(reading.archive.store, registerStream(ids.comune, romeDay(when)), when, { type: 'anpr.lookup.refusals-counted', v: 1, data: { comune: ids.comune, application: ids.application, reason: 'quota-superata', minute: when.toISOString(), lookups } });
  await reading.seen();
  return lookups.sort().reverse();
}

describe('the list of lookups', () => {
  beforeEach(async () => void (reading = await openTestReading()));
  afterEach(() => reading.close());

  it('has the newest first, in the shape that was published, without the person', async () => {
    const first = await ask({ at: at('2026-11-22T09:00:00.000Z'), pratica: '2026/1' });
    const second = await ask();
    await reading.seen();
    const answer = await list();
    expect(idsOf(answer)).toEqual([second, first]);
    expect(ElencoRichieste.parse(answer)).toEqual(answer);
    expect(answer.richieste[0]).toMatchObject({ stato: 'risposta', esito: 'trovato', soggetto: 'oscurato', giorno: '2026-11-23', quando: '2026-11-23T09:00:00.000Z', idOperazione: second, idOperazioneANPR: '42', durataANPR: 120, durata: 0 });
    expect(JSON.stringify(answer)).not.toMatch(/XXXYYY80A01H501H|2026\/1|s1\./);
  });

  it('says up to when it is complete, and that it is not while it is being built', async () => {
    await ask();
    await reading.seen();
    await reading.running.projections[0]!.caughtUp();
    expect((await list()).aggiornatoAl).toMatch(/^20/);
    expect((await listLookups({ ...reading.ports, asOf: () => undefined }, asTop, ElencoRichiesteFiltri.parse({}))).aggiornatoAl).toBeNull();
  });

  it('tells every lookup once and in order by pages of any size, also those of the same millisecond', async () => {
    const made: string[] = [];
    for (let index = 0; index < 12; index++) made.push(await ask({ at: new Date(Date.parse('2026-11-23T09:00:00.000Z') + Math.floor(index / 5)), user: index % 3 === 0 ? ids.otherUser : ids.user }));
    await reading.seen();
    const all = [...made].sort().reverse();
    const others = new Set(made.filter((_, index) => index % 3 === 0));
    for (const limite of [1, 2, 3, 5, 20]) {
      const { found, pages } = await walk({ limite: String(limite) });
      expect(found).toEqual(all);
      expect(pages).toBe(Math.ceil(12 / limite));
      expect((await walk({ limite: String(limite), utente: ids.otherUser })).found).toEqual(all.filter((id) => others.has(id)));
      expect((await walk({ limite: String(limite), utente: ids.otherUser, servizio: 'residenza' })).found).toEqual(all.filter((id) => others.has(id)));
    }
  });

  it('goes on past thousands of lookups of one millisecond', async () => {
    const all = await refusedTogether(6000);
    const older = await ask({ at: at('2026-11-22T09:00:00.000Z') });
    await reading.seen();
    expect((await walk({ limite: '200' })).found).toEqual([...all, older]);
  });

  it('gives short pages rather than slow ones when a filter fits little, and still ends', async () => {
    const older = await ask({ at: at('2026-11-22T09:00:00.000Z') });
    await refusedTogether(6000);
    const first = await list({ servizio: 'residenza' });
    expect(first.richieste).toEqual([]);
    expect(first.successivo).toBeDefined();
    expect((await walk({ servizio: 'residenza' })).found).toEqual([older]);
  });

  it('shows to an ADMIN the lookups made for its Ente, and none that the same people made for another', async () => {
    const mine = await ask();
    await ask({ at: at('2026-11-23T09:00:01.000Z'), ente: ids.otherEnte });
    await ask({ comune: ids.otherComune });
    await refusedTogether(2);
    expect(idsOf(await list({}, asAdmin))).toEqual([mine]);
    expect(idsOf(await list({ utente: ids.user }, asAdmin))).toEqual([mine]);
    expect(idsOf(await list({ ente: ids.ente }, asAdmin))).toEqual([mine]);
    expect(await list({ ente: ids.otherEnte }, asAdmin)).toMatchObject({ richieste: [] });
  });

  it('tells an ADMIN nothing of the lookups of others, not even where a page ends', async () => {
    const mine: string[] = [];
    for (let index = 0; index < 10; index++) {
      const id = await ask({ at: new Date(Date.parse('2026-11-23T09:00:00.000Z') + index), ente: index % 2 === 0 ? ids.ente : ids.otherEnte });
      if (index % 2 === 0) mine.push(id);
    }
    await reading.seen();
    const { found, cursors } = await walk({ utente: ids.user, limite: '2' }, asAdmin);
    expect(found).toEqual(mine.reverse());
    expect(mine).toEqual(expect.arrayContaining([...cursors]));
  });

  it('shows the list of its Comune to a reporting tool', async () => {
    const one = await ask({ ente: ids.otherEnte });
    await ask({ comune: ids.otherComune });
    await reading.seen();
    expect(idsOf(await list({}, asTool))).toEqual([one]);
  });

  it('refuses a cursor that nobody gave, and a period that ends before it begins', async () => {
    await expect(list({ dopo: 'abc' })).rejects.toMatchObject({ code: 'cursore-non-valido' });
    await expect(list({ da: '2026-11-23', a: '2026-11-22' })).rejects.toMatchObject({ code: 'periodo-non-valido' });
    await expect(list({ da: now.toISOString(), a: now.toISOString() })).rejects.toMatchObject({ code: 'periodo-non-valido' });
  });

  it('follows a lookup from its question to its answer', async () => {
    const id = await asked(reading.archive, { at: now });
    await reading.seen();
    expect((await list()).richieste).toMatchObject([{ id, stato: 'aperta', esito: 'in-corso' }]);
    await record(reading.archive.store, registerStream(ids.comune, romeDay(now)), new Date(now.getTime() + 250), answered(id, ids.comune, 'non-trovato'));
    await reading.seen();
    expect((await list()).richieste).toMatchObject([{ id, stato: 'risposta', esito: 'non-trovato', durata: 250, sezioni: ['1'] }]);
  });
});

describe('the list of lookups is narrowed by', () => {
  const names = new Map<string, string>();
  beforeAll(async () => {
    reading = await openTestReading();
    names.set(await ask({ at: at('2026-11-20T23:00:00.000Z'), user: ids.otherUser, service: 'generalita', outcome: 'non-trovato' }), 'midnight');
    names.set(await ask({ at: at('2026-11-21T20:00:00.000Z'), application: 'anagrafe-h501' }), 'night');
    names.set(await ask({ at: at('2026-11-21T23:00:00.000Z'), user: ids.otherUser, ente: ids.otherEnte }), 'late');
    names.set(await asked(reading.archive, { at: at('2026-11-23T09:00:00.000Z'), service: 'generalita' }), 'open');
    await ask({ comune: ids.otherComune });
    await reading.seen();
  });
  afterAll(() => reading.close());

  it.each([
    ['the period, by days of Italy', { da: '2026-11-21', a: '2026-11-21' }, ['midnight', 'night']],
    ['the period, by instants', { da: '2026-11-21T22:59:59Z', a: '2026-11-22T22:59:59Z' }, ['late']],
    ['the user', { utente: ids.otherUser }, ['late', 'midnight']],
    ['the Ente', { ente: ids.otherEnte }, ['late']],
    ['the application', { applicazione: 'anagrafe-h501' }, ['night']],
    ['the service', { servizio: 'generalita' }, ['open', 'midnight']],
    ['the outcome', { esito: 'non-trovato' }, ['midnight']],
    ['what has no outcome yet', { esito: 'in-corso' }, ['open']],
    ['user, service and period together', { utente: ids.otherUser, servizio: 'generalita', da: '2026-11-21' }, ['midnight']],
    ['Ente and outcome together', { ente: ids.ente, esito: 'trovato' }, ['night']],
    ['what nobody asked', { esito: 'ambiguo' }, []],
  ])('%s', async (_, filters, expected) => {
    expect(idsOf(await list(filters)).map((id) => names.get(id)).sort()).toEqual([...expected].sort());
  });
});
