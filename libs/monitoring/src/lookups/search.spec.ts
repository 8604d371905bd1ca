import { EsitoRicerca, registerStream, RicercaRichieste, romeDay, romeMonth, type Subject } from '@geres/contracts';
import { archiveKeyId } from '@geres/platform/keys';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answered, asked, ids, record, requested, type AskedLookup } from '../testing/archive.js';
import { asAdmin, asTool, asTop, openTestReading, type TestReading } from '../testing/reading.js';
import { cursorFrom } from './cursor.domain.js';
import { PART } from './lookup-tags.projection.js';
import type { ReadingPorts } from './ports.js';
import type { Scope } from './scope.domain.js';
import { searchLookups } from './search.js';

let reading: TestReading;
beforeEach(async () => void (reading = await openTestReading()));
afterEach(() => reading.close());

const PERSON: Subject = { codiceFiscale: 'XXXYYY80A01H501D' };
const OTHER: Subject = { codiceFiscale: 'ZZZYYY80A01H501B' };
const NAMED: Subject = { cognome: 'D’Angelo', nome: 'Nicolò', sesso: 'M', dataNascita: '1980-01-01', luogoNascita: { comune: { nome: 'Forlì', provincia: 'FC' } } };

const at = (text: string): Date => new Date(text);
const ask = (more: Partial<AskedLookup> = {}): Promise<string> => asked(reading.archive, { at: at('2026-11-23T09:00:00.000Z'), outcome: 'trovato', subject: PERSON, ...more });
const search = (body: object, scope: Scope = asTop, ports: Partial<ReadingPorts> = {}): Promise<EsitoRicerca> => searchLookups({ ...reading.ports, ...ports }, scope, reading.reader, RicercaRichieste.parse(body));
const idsOf = ({ richieste }: EsitoRicerca): readonly string[] => richieste.map(({ id }) => id);

async function walk(body: object, scope: Scope = asTop): Promise<{ readonly found: readonly string[]; readonly cursors: readonly string[] }> {
  const found: string[] = [];
  const cursors: string[] = [];
  for (let dopo: string | undefined; ; ) {
    const page = await search({ ...body, ...(dopo === undefined ? {} : { dopo }) }, scope);
    found.push(...idsOf(page));
    dopo = page.successivo;
    if (dopo === undefined) return { found, cursors };
    cursors.push(cursorFrom(dopo)!);
  }
}

describe('searching by person or by pratica', () => {
  it('finds the lookups about a person, newest first, without telling who it is', async () => {
    const first = await ask({ at: at('2026-10-05T09:00:00.000Z'), pratica: '2026/1' });
    await ask({ subject: OTHER });
    const second = await ask();
    await reading.seen();
    const answer = await search({ soggetto: PERSON });
    expect(idsOf(answer)).toEqual([second, first]);
    expect(EsitoRicerca.parse(answer)).toEqual(answer);
    expect(answer).toMatchObject({ mesiNonLeggibili: [], richieste: [{ soggetto: 'oscurato' }, { soggetto: 'oscurato' }] });
    expect(JSON.stringify(answer)).not.toMatch(/XXXYYY|2026\/1|s1\./);
  });

  it('finds a person however the name is written', async () => {
    const id = await ask({ subject: NAMED });
    await reading.seen();
    const asToldElsewhere = { ...NAMED, cognome: 'DANGELO', nome: "nicolo'", luogoNascita: { comune: { nome: 'FORLI', provincia: 'FC', codiceIstat: '040012' } } };
    expect(idsOf(await search({ soggetto: asToldElsewhere }))).toEqual([id]);
  });

  it('finds a lookup by the person that ANPR has found', async () => {
    const when = at('2026-11-23T09:00:00.000Z');
    const id = await asked(reading.archive, { at: when, subject: NAMED });
    const box = await reading.archive.keys.box(archiveKeyId(ids.comune, romeMonth(when)));
    await record(reading.archive.store, registerStream(ids.comune, romeDay(when)), when, answered(id, ids.comune, 'trovato', [box.tag('cf', 'XXXYYY80A01H501D')]));
    await reading.seen();
    expect(idsOf(await search({ soggetto: PERSON }))).toEqual([id]);
  });

  it('finds the lookups for a pratica, whatever the case of its letters', async () => {
    const id = await ask({ pratica: 'Tari/2026-7' });
    await ask({ pratica: 'Tari/2026-8' });
    await reading.seen();
    expect(idsOf(await search({ pratica: ' TARI/2026-7 ' }))).toEqual([id]);
    expect(idsOf(await search({ pratica: 'Tari/2026' }))).toEqual([]);
  });

  it('knows the month and the day by the clock of Italy', async () => {
    const october = await ask({ at: at('2026-10-31T22:59:59.999Z') });
    const november = await ask({ at: at('2026-10-31T23:00:00.000Z') });
    await reading.seen();
    expect(idsOf(await search({ soggetto: PERSON }))).toEqual([november, october]);
    expect(idsOf(await search({ soggetto: PERSON, da: '2026-11-01' }))).toEqual([november]);
    expect(idsOf(await search({ soggetto: PERSON, a: '2026-10-31' }))).toEqual([october]);
    expect(idsOf(await search({ soggetto: PERSON, da: '2026-10-31T22:59:59.999Z', a: '2026-10-31T23:00:00.000Z' }))).toEqual([october]);
  });

  it('looks back for a year unless told otherwise, and never for more than ten', async () => {
    const old = await ask({ at: at('2025-11-24T08:00:00.000Z') });
    const recent = await ask({ at: at('2025-11-25T08:00:00.000Z') });
    await reading.seen();
    expect(idsOf(await search({ soggetto: PERSON }))).toEqual([recent]);
    expect(idsOf(await search({ soggetto: PERSON, da: '2025-11-24' }))).toEqual([recent, old]);
    expect(idsOf(await search({ soggetto: PERSON, da: '2016-11-25' }))).toEqual([recent, old]);
    await expect(search({ soggetto: PERSON, da: '2016-11-20' })).rejects.toMatchObject({ code: 'periodo-non-valido' });
    await expect(search({ soggetto: PERSON, da: '2026-12-25' })).rejects.toMatchObject({ code: 'periodo-non-valido' });
  });

  it('tells every lookup once and in order by pages of any size, over days and months', async () => {
    const made: string[] = [];
    for (const when of ['2026-08-31T21:59:00.000Z', '2026-08-31T22:01:00.000Z', '2026-10-01T09:00:00.000Z', '2026-11-22T09:00:00.000Z', '2026-11-23T09:00:00.000Z', '2026-11-23T09:00:00.000Z', '2026-11-23T09:00:00.000Z']) {
      made.push(await ask({ at: at(when) }));
    }
    await reading.seen();
    for (const limite of [1, 2, 3, 7]) expect((await walk({ soggetto: PERSON, limite })).found).toEqual([...made].sort().reverse());
  });

  it('tells every lookup once of a day on which one person was asked for more often than one row holds', async () => {
    const when = at('2026-11-23T09:00:00.000Z');
    const made = Array.from({ length: PART + 100 }, () => ulid(when.getTime()));
    for (let from = 0; from < made.length; from += 200) {
      const some = made.slice(from, from + 200).map((id) => requested(reading.archive.keys, id, { at: when, subject: PERSON }));
      await record(reading.archive.store, registerStream(ids.comune, romeDay(when)), when, ...(await Promise.all(some)));
    }
    // Of the first part, and concluded in the second: its person is found there again.
    const box = await reading.archive.keys.box(archiveKeyId(ids.comune, romeMonth(when)));
    await record(reading.archive.store, registerStream(ids.comune, romeDay(when)), when, answered(made[0]!, ids.comune, 'trovato', [box.tag('cf', 'XXXYYY80A01H501D')]));
    const before = await ask({ at: at('2026-11-22T09:00:00.000Z') });
    await reading.seen();
    const { found } = await walk({ soggetto: PERSON, limite: 200 });
    expect(found).toEqual([...made.sort().reverse(), before]);
  });

  it('says which months can no longer be searched, and searches the others', async () => {
    await ask({ at: at('2026-09-10T09:00:00.000Z') });
    const kept = await ask();
    await reading.seen();
    await reading.archive.keys.destroy(archiveKeyId(ids.comune, '202609'));
    expect(await search({ soggetto: PERSON })).toMatchObject({ richieste: [{ id: kept }], mesiNonLeggibili: ['2026-09'] });
    expect(await search({ soggetto: PERSON, da: '2026-10-01' })).toMatchObject({ mesiNonLeggibili: [] });
  });

  it('is recorded, with tags and never with the person', async () => {
    await ask({ at: at('2026-10-05T09:00:00.000Z'), pratica: '2026/1' });
    await ask({ pratica: '2026/1' });
    await reading.seen();
    await search({ soggetto: PERSON });
    await search({ pratica: '2026/1', limite: 1 });
    const recorded = await reading.consulted();
    const tag = async (month: string, kind: string, value: string) => (await reading.archive.keys.box(archiveKeyId(ids.comune, month))).tag(kind, value);
    expect(recorded).toEqual([
      { comune: ids.comune, what: 'ricerca-persona', tags: [await tag('202611', 'cf', 'XXXYYY80A01H501D'), await tag('202610', 'cf', 'XXXYYY80A01H501D')], found: 2 },
      { comune: ids.comune, what: 'ricerca-pratica', tags: [await tag('202611', 'pratica', '2026/1'), await tag('202610', 'pratica', '2026/1')], found: 1 },
    ]);
    expect(JSON.stringify(recorded)).not.toMatch(/XXXYYY|2026\/1/);
  });

  it('is recorded also when nothing is found', async () => {
    expect(await search({ soggetto: OTHER })).toMatchObject({ richieste: [] });
    expect(await reading.consulted()).toMatchObject([{ what: 'ricerca-persona', found: 0 }]);
  });

  it('is answered only once it is recorded', async () => {
    await ask();
    await reading.seen();
    const full = { record: () => Promise.reject(new Error('disk full')) };
    await expect(search({ soggetto: PERSON }, asTop, { recorder: full })).rejects.toMatchObject({ code: 'consultazione-non-registrata' });
  });

  it('shows to an ADMIN its Ente alone, and tells nothing of the others, not even where a page ends', async () => {
    const mine: string[] = [];
    for (let index = 0; index < 8; index++) {
      const id = await ask({ at: at(`2026-${index < 4 ? '10' : '11'}-0${index + 1}T09:00:00.000Z`), ente: index % 2 === 0 ? ids.ente : ids.otherEnte });
      if (index % 2 === 0) mine.push(id);
    }
    await ask({ comune: ids.otherComune });
    await reading.seen();
    const { found, cursors } = await walk({ soggetto: PERSON, limite: 1 }, asAdmin);
    expect(found).toEqual(mine.reverse());
    expect(mine).toEqual(expect.arrayContaining([...cursors]));
  });

  it('is not for reporting tools', async () => {
    await expect(search({ soggetto: PERSON }, asTool)).rejects.toMatchObject({ code: 'monitoraggio-non-consentito' });
    expect(await reading.consulted()).toEqual([]);
  });

  it('refuses a cursor that nobody gave before anything is recorded', async () => {
    await expect(search({ soggetto: PERSON, dopo: 'abc' })).rejects.toMatchObject({ code: 'cursore-non-valido' });
    expect(await reading.consulted()).toEqual([]);
  });
});
