import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CASES } from './people/cases.js';
import { startSimulator, type Simulator } from './server.js';
import { body, control, fruitore, prepared, send as call } from './testing/pdnd.js';
import { byCode, newId, request3002, request7001, send } from './testing/requests.js';

const RESIDENT = CASES[0]?.codiceFiscale ?? '';
const NOW = Date.parse('2026-03-10T10:00:00Z');
let simulator: Simulator;
beforeEach(async () => {
  simulator = await startSimulator({ port: 0, people: 20, seed: 1, now: () => NOW });
  expect((await control(simulator.url, 'POST', 'fornitori', { id: 'alfa', comuni: ['037006'], ente: 'Ente di prova A', seme: 11, persone: 30 })).status).toBe(201);
  expect((await control(simulator.url, 'POST', 'fornitori', { id: 'beta', comuni: ['077014'], ente: 'Ente di prova B', seme: 12, persone: 40 })).status).toBe(201);
});
afterEach(() => simulator.close());

const json = async (path: string): Promise<Record<string, unknown>> => (await (await control(simulator.url, 'GET', path)).json()) as Record<string, unknown>;
const ask = (codMittente: string, id = newId(), codiceFiscale = RESIDENT) => send(simulator.url, request3002({ id, codMittente, criteri: byCode(codiceFiscale) }));
const person = async (prefix: string): Promise<string> => ((await json(`${prefix}persone?limite=1`)) as unknown as { codiceFiscale: string }[]).at(-1)?.codiceFiscale ?? '';

describe('vendors', () => {
  it('have people of their own, that no other vendor finds', async () => {
    const ofAlfa = await person('fornitori/alfa/');
    expect(ofAlfa).not.toBe(await person('fornitori/beta/'));
    expect((await ask('037006', newId(), ofAlfa)).first('codFiscale')).toBe(ofAlfa);
    for (const other of ['077014', '058091']) expect((await ask(other, newId(), ofAlfa)).codes).toEqual(['EN122']);
  });

  it('have their people in their own Comuni: whoever is looked for in those alone is found, and is nobody’s elsewhere', async () => {
    const limited = { ambito: '<ricercaNazionale>0</ricercaNazionale>' };
    const search = (codMittente: string, codiceFiscale: string) => send(simulator.url, request3002({ codMittente, criteri: byCode(codiceFiscale), ...limited }));
    const resident = await search('077014', RESIDENT);
    expect([resident.codes, resident.first('nomeComune'), resident.all('codiceIstat').at(-1)]).toEqual([[], 'ROMA', '077014']);
    const people = (await json('fornitori/beta/persone?limite=40')) as unknown as { comune: { codiceIstat: string }; caso?: string }[];
    const at = (caso: string) => people.find((one) => one.caso === caso)?.comune.codiceIstat;
    expect([at('residente'), at('indirizzo chilometrico'), at('residente in altro Comune')]).toEqual(['077014', '077014', '015146']);
    const ordinary = people.filter(({ caso }) => caso === undefined);
    expect(ordinary.filter(({ comune }) => comune.codiceIstat === '077014').length).toBeGreaterThan(ordinary.length / 2);
    expect(ordinary.some(({ comune }) => comune.codiceIstat === '058091')).toBe(false);
    expect((await search('037006', RESIDENT)).codes).toEqual([]);
    expect((await search('058091', RESIDENT)).codes).toEqual([]);
  });

  it('may have a Comune that the simulator does not know, in its answers, its tables and its PDND', async () => {
    const comune = { codiceIstat: '999001', codiceCatastale: 'Z999', nome: 'COMUNE DI PROVA', provincia: 'ZZ', cap: '00000' };
    expect((await control(simulator.url, 'POST', 'fornitori', { id: 'gamma', comuni: [comune], ente: 'Ente di prova C', persone: 3 })).status).toBe(201);
    expect((await ask('999001')).all('nomeComune')).toContain('COMUNE DI PROVA');
    const table = await send(simulator.url, request7001('7001', '<idTabella>003</idTabella>', { codMittente: '999001' }), '7001');
    expect(Buffer.from(table.first('xmlFile') ?? '', 'base64').toString()).toContain('<CODISTAT>999001</CODISTAT>');
    expect((await json('fornitori/gamma/pdnd'))['ente']).toBe('Ente di prova C');
  });

  it('have other people although nobody said so, and the same ones after a reset', async () => {
    for (const [id, istat] of [['delta', '015146'], ['epsilon', '063049']]) await control(simulator.url, 'POST', 'fornitori', { id, comuni: [istat], ente: 'x', persone: 5 });
    const [delta, epsilon] = [await person('fornitori/delta/'), await person('fornitori/epsilon/')];
    expect(delta).not.toBe(epsilon);
    const { consumerId } = await json('fornitori/delta/pdnd');
    await control(simulator.url, 'POST', 'fornitori/delta/azzeramento');
    expect([await person('fornitori/delta/'), (await json('fornitori/delta/pdnd'))['consumerId']]).toEqual([delta, consumerId]);
    expect((await json('fornitori/epsilon/pdnd'))['consumerId']).not.toBe(consumerId);
  });

  it('have clients, purposes and keys of their own at PDND', async () => {
    const alfa = await fruitore(simulator.url, ['C020'], 'fornitori/alfa/');
    await expect(fruitore(simulator.url, [], 'fornitori/beta/', alfa.clientId)).rejects.toThrow('di un altro fornitore');
    const purpose = { purposeId: alfa.purposes.C020, clientId: '11111111-1111-4111-8111-111111111111', casoUso: 'C020' };
    expect((await control(simulator.url, 'PUT', 'fornitori/beta/pdnd/finalita', purpose)).status).toBe(409);
    expect((await control(simulator.url, 'PUT', 'fornitori/alfa/pdnd/finalita', purpose)).status).toBe(200);
  });

  it('have operations, delays and faults of their own', async () => {
    await control(simulator.url, 'PUT', 'fornitori/alfa/guasti', { percentuale: 100, tipo: 'fault' });
    expect([(await ask('037006')).status, (await ask('077014')).status, (await ask('058091')).status]).toEqual([500, 200, 200]);
    expect([(await json('fornitori/alfa/registro'))['ricevute'], (await json('fornitori/beta/registro'))['ricevute'], (await json('registro'))['ricevute']]).toEqual([1, 1, 1]);
  });

  it('ask for signatures each for itself', async () => {
    await control(simulator.url, 'PUT', 'fornitori/alfa/sicurezza', { firma: 'richiesta' });
    expect([(await ask('037006')).first('faultstring'), (await ask('077014')).status]).toEqual(['Rejected by policy. (from client)', 200]);
  });

  it('are reset one at a time', async () => {
    const client = await fruitore(simulator.url, ['C020'], 'fornitori/alfa/');
    const other = await fruitore(simulator.url, ['C020'], 'fornitori/beta/');
    await ask('037006', 'PRIMA');
    await ask('077014', 'PRIMA');
    await control(simulator.url, 'PUT', 'fornitori/beta/ritardo', { minMs: 1, maxMs: 2 });
    expect((await control(simulator.url, 'POST', 'fornitori/alfa/azzeramento')).status).toBe(200);
    expect([(await json('fornitori/alfa/registro'))['ricevute'], (await json('fornitori/beta/registro'))['ricevute']]).toEqual([0, 1]);
    expect(await json('fornitori/beta/ritardo')).toEqual({ minMs: 1, maxMs: 2 });
    await expect(prepared(client, 'C020', NOW)).rejects.toThrow('no voucher');
    expect((await call(other, 'C020', await prepared(other, 'C020', NOW), NOW, body('C020', { idANPR: CASES[0]?.idANPR }))).status).toBe(200);
    expect((await json('fornitori/alfa/salute'))['seme']).toBe(11);
  });

  it('have quotas of their own', async () => {
    const [alfa, beta] = [await fruitore(simulator.url, ['C020'], 'fornitori/alfa/'), await fruitore(simulator.url, ['C020'], 'fornitori/beta/')];
    await control(simulator.url, 'PUT', 'fornitori/alfa/pdnd/comportamento', { quotaGiornaliera: 0 });
    const statuses = [];
    for (const who of [alfa, beta]) statuses.push((await call(who, 'C020', await prepared(who, 'C020', NOW), NOW, body('C020', { idANPR: CASES[0]?.idANPR }))).status);
    expect(statuses).toEqual([429, 200]);
  });

  it('are not given a Comune or a name that another has', async () => {
    expect((await control(simulator.url, 'POST', 'fornitori', { id: 'gamma', comuni: ['037006'], ente: 'x' })).status).toBe(409);
    expect((await control(simulator.url, 'POST', 'fornitori', { id: 'beta', comuni: ['015146'], ente: 'x' })).status).toBe(409);
    expect((await control(simulator.url, 'DELETE', 'fornitori/alfa')).status).toBe(204);
    expect((await control(simulator.url, 'POST', 'fornitori', { id: 'gamma', comuni: ['037006'], ente: 'x' })).status).toBe(201);
    expect((await control(simulator.url, 'GET', 'fornitori/alfa/salute')).status).toBe(404);
    expect((await control(simulator.url, 'DELETE', 'fornitori/comune')).status).toBe(404);
  });

  it.each([{ id: 'A B', comuni: ['015146'], ente: 'x' }, { id: 'a', comuni: [], ente: 'x' }, { id: 'a', comuni: ['H501'], ente: 'x' }, { id: 'a', comuni: ['999999'], ente: 'x' }, { id: 'a', comuni: [{ codiceIstat: '999001' }], ente: 'x' }, { id: 'a', comuni: ['015146'] }, { id: 'a', comuni: ['015146'], ente: 'x', seme: -1 }])('are refused when they are %j', async (vendor) => {
    expect((await control(simulator.url, 'POST', 'fornitori', vendor)).status).toBe(400);
  });
});

describe('the clock, the knobs and the page', () => {
  it('move the day of ANPR', async () => {
    await control(simulator.url, 'PUT', 'orologio', { scartoMs: -86_400_000 });
    expect((await json('orologio'))['ora']).toBe('2026-03-09T10:00:00.000Z');
    expect((await send(simulator.url, request3002({ criteri: byCode(RESIDENT), dataOraRichiesta: '2026-03-10T10:00:00Z' }))).codes).toEqual(['EHR09']);
    await control(simulator.url, 'DELETE', 'orologio');
    expect((await send(simulator.url, request3002({ criteri: byCode(RESIDENT), dataOraRichiesta: '2026-03-10T10:00:00Z' }))).codes).toEqual([]);
  });

  it('can show why the last message was refused', async () => {
    await control(simulator.url, 'PUT', 'sicurezza', { firma: 'richiesta' });
    await ask('058091');
    expect(await (await fetch(simulator.url)).text()).toContain('WSS_ASSENTE');
    expect((await json('diagnosi')) as unknown).toMatchObject([{ fornitore: 'comune', canale: 'ws', visto: 'Rejected by policy. (from client)', cause: [{ codice: 'WSS_ASSENTE' }] }]);
  });

  it.each([['sicurezza', { firma: 'forse' }], ['sicurezza', { sha1: 1 }], ['sicurezza', { tolleranzaMs: -1 }], ['operatori', { X: 'abilitato' }], ['operatori', { SNTPRV85C55H501U: 'capo' }], ['orologio', { scartoMs: 0.5 }], ['pdnd/comportamento', { quotaGiornaliera: -1 }], ['pdnd/comportamento', { marcaAire: 'N' }], ['pdnd/comportamento', { ignoto: true }], ['pdnd/finalita', { purposeId: 'x' }]])('refuse %s %j', async (path, wrong) => {
    expect((await control(simulator.url, 'PUT', path, wrong)).status).toBe(400);
  });
});
