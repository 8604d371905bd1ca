import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import { generatePeople } from '../people/generate.js';
import { COMUNI } from '../people/places.js';
import { startSimulator, type Simulator } from '../server.js';
import { control } from '../testing/pdnd.js';
import { byCode, connectionRequest, newId, payloadOf, request3002, request7001, send, type RequestParts } from '../testing/requests.js';
import { missing, validate } from '../testing/xmllint.js';
import { TABLE_IDS, tableFile } from './tables.js';

const NOW = Date.parse('2026-01-20T12:00:00+01:00');
const NEXT = { codDestinatario: 'ANPR06', versione: '10.0.1', inizio: '2026-01-10' };
const ending = (fine: string) => ({ codDestinatario: 'ANPR05', versione: '9.2.7', inizio: '2023-04-18', fine });
let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ port: 0, people: 5, now: () => NOW });
});
afterEach(() => simulator.close());

const versions = (inside = '', parts: RequestParts = {}) => send(simulator.url, request7001('7003', inside, parts), '7001');
const table = (id: string, parts: RequestParts = {}) => send(simulator.url, request7001('7001', `<idTabella>${id}</idTabella>`, parts), '7001');
const lookup = (codDestinatario: string) => send(simulator.url, request3002({ codDestinatario, criteri: byCode(CASES[0]?.codiceFiscale ?? '') }));
const put = (body: unknown): Promise<Response> => control(simulator.url, 'PUT', 'versioni', body);

describe('the list of versions (7003)', () => {
  it('tells the current version, and all that are supported when asked', async () => {
    const current = await versions();
    expect([current.status, current.first('operazioneRichiesta'), current.first('esitoOperazione')]).toEqual([200, '7003', '0000']);
    expect(current.all('CodDestinatario')).toEqual(['ANPR05']);
    expect([current.first('VersioneCompleta'), current.first('VersioneMajor'), current.first('VersioneMinor'), current.first('VersionePatch'), current.first('DataFine')]).toEqual(['9.2.7', '9', '2', '7', undefined]);
    expect((await put([ending('2026-06-30'), NEXT])).status).toBe(200);
    const all = await versions('<tipoVersioni>2</tipoVersioni>');
    expect(all.all('CodDestinatario')).toEqual(['ANPR06', 'ANPR06', 'ANPR05']);
    expect(all.all('DataFine')).toEqual(['2026-06-30']);
    expect((await versions('<tipoVersioni>1</tipoVersioni>')).all('CodDestinatario')).toEqual(['ANPR06']);
  });

  it('is the list that requests are held to: a version passes on its last day and not on the next', async () => {
    await put([ending('2026-01-20'), NEXT]);
    expect([(await lookup('ANPR05')).codes, (await lookup('ANPR06')).codes]).toEqual([[], []]);
    await put([ending('2026-01-19'), NEXT]);
    expect([(await lookup('ANPR05')).codes, (await lookup('ANPR06')).codes]).toEqual([['XXXX'], []]);
    expect((await versions('<tipoVersioni>2</tipoVersioni>', { codDestinatario: 'ANPR06' })).all('CodDestinatario')).toEqual(['ANPR06', 'ANPR06']);
    expect((await control(simulator.url, 'DELETE', 'versioni')).status).toBe(200);
    expect([(await lookup('ANPR05')).codes, (await lookup('ANPR06')).codes]).toEqual([[], ['XXXX']]);
  });

  it.each([[[]], [{}], [[{ codDestinatario: 'ANPR05' }]], [[ending('2026-02-30')]], [[{ ...NEXT, versione: '10' }]], [[NEXT, NEXT]], [[{ ...NEXT, altro: 1 }]]])('is not made of %j', async (wrong) => {
    expect((await put(wrong)).status).toBe(400);
    expect((await lookup('ANPR05')).codes).toEqual([]);
  });

  it('of one vendor is not that of another', async () => {
    await control(simulator.url, 'POST', 'fornitori', { id: 'alfa', comuni: ['037006'], ente: 'Ente di prova A', persone: 5 });
    await control(simulator.url, 'PUT', 'fornitori/alfa/versioni', [NEXT]);
    expect([(await versions('', { codMittente: '037006', codDestinatario: 'ANPR06' })).codes, (await versions()).codes]).toEqual([[], []]);
    expect((await versions('', { codMittente: '037006' })).codes).toEqual(['XXXX']);
  });
});

describe('the tables (7001)', () => {
  it('come as a file in Base64', async () => {
    const answer = await table('025');
    expect([answer.first('operazioneRichiesta'), answer.first('idTabella')]).toEqual(['7001', '025']);
    const file = Buffer.from(answer.first('xmlFile') ?? '', 'base64').toString('utf8');
    expect(file).toContain('<record><ID>4</ID><DESCRIZIONE>Residenza estera</DESCRIZIONE></record>');
  });

  it('have every code that the answers about synthetic people have', () => {
    const columns = (id: string, column = 'ID'): ReadonlySet<string | undefined> => new Set([...(tableFile(id, COMUNI) ?? '').matchAll(new RegExp(`<${column}>([^<]*)<`, 'g'))].map((found) => found[1]));
    const [status, states, comuni, roles, validity, kinds, consulates] = [columns('001'), columns('002'), columns('003', 'CODISTAT'), columns('005'), columns('022'), columns('025'), columns('040')];
    for (const card of [...CASES, ...generatePeople(1, 500, new Set())]) {
      const { statoCivile, competente, validitaCF, residenze, cittadinanza, luogoNascita } = card;
      const abroad = residenze.flatMap((residence) => ('estero' in residence ? [residence.estero.consolato.codice] : []));
      const holds = [status.has(statoCivile), comuni.has(competente.codiceIstat), validity.has(validitaCF), roles.has(card.legame), states.has(cittadinanza.codiceStato), ...residenze.map(({ tipo }) => kinds.has(tipo)), ...abroad.map((code) => consulates.has(code))];
      expect(holds.every(Boolean) && ('comune' in luogoNascita || states.has(luogoNascita.estero.stato.codiceStato)), card.codiceFiscale).toBe(true);
    }
  });

  it.each([
    ['a table that is not there', '099', 'EN122'],
    ['a number that is not of three digits', '25', 'EN489'],
  ])('refuse %s', async (_what, id, code) => {
    const answer = await table(id);
    expect(answer.codes).toEqual([code]);
    expect(answer.text).toContain('<ns:Risposta7001 xmlns:ns="http://sogei.it/ANPR/7001scaricoTabelle"><ns:rispostaKO>');
  });
});

describe('the service of tables and versions', () => {
  it('checks what every service checks', async () => {
    expect((await versions('', { tipoInvio: 'PROD' })).codes).toEqual(['999']);
    expect((await versions('', { operazioneRichiesta: '7001' })).codes).toEqual(['XXXX']);
    expect((await versions('<altro/>')).codes).toEqual(['EN489']);
    await control(simulator.url, 'PUT', 'sicurezza', { firma: 'richiesta' });
    expect((await versions()).first('faultstring')).toBe('Rejected by policy. (from client)');
  });

  it('knows its own messages and no others', async () => {
    expect((await send(simulator.url, connectionRequest(), '7001')).first('faultstring')).toBe('Rejected by policy. (from client)');
    expect((await send(simulator.url, request7001('7003', ''))).first('faultstring')).toBe('Rejected by policy. (from client)');
    expect((await send(simulator.url, request7001('7001', '').replaceAll('7001>', '7002>').replaceAll('Richiesta7001', 'Richiesta7002'), '7001')).codes).toEqual(['EN379']);
  });

  it('gives the stored answer to a known id, and refuses the id of another operation', async () => {
    const id = newId();
    const first = await versions('', { id });
    await put([NEXT, ending('2026-12-31')]);
    expect((await versions('', { id })).text).toBe(first.text);
    expect((await table('025', { id })).codes).toEqual(['EN079']);
  });
});

const absent = missing();
(absent === undefined ? describe : describe.skip)(`the schemas of 7001${absent === undefined ? '' : `: ${absent}`}`, () => {
  it('accept every answer, and refuse the requests that the simulator refuses', async () => {
    await put([ending('2026-06-30'), NEXT]);
    const requests = [...TABLE_IDS, '099', '25', 'abc', ''].map((id) => request7001('7001', `<idTabella>${id}</idTabella>`)).concat(['', '<tipoVersioni>1</tipoVersioni>', '<tipoVersioni>2</tipoVersioni>', '<tipoVersioni>12</tipoVersioni>', '<altro/>'].map((inside) => request7001('7003', inside)));
    const answers = [];
    for (const request of requests) answers.push(await send(simulator.url, request, '7001'));
    const { valid, said } = await validate('7001scaricoTabelle.xsd', [...requests, ...answers.map(payloadOf)]);
    expect(valid.slice(requests.length).every(Boolean), said).toBe(true);
    expect(valid.slice(0, requests.length)).toEqual(answers.map(({ codes }) => !codes.includes('EN489')));
  });
});
