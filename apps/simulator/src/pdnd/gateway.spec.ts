import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import { startSimulator, type Simulator } from '../server.js';
import { body, causes, control, evidence, fruitore, jws, prepared, send, type CallAnswer, type CallChange, type Fruitore, type Prepared } from '../testing/pdnd.js';
import { CASI_USO, type CasoUso } from './catalogue.js';
import { nextDay } from './quota.js';

const START = Date.parse('2026-03-10T10:00:00Z');
const HEADER = 'SHA-256=';
let now = START;
let simulator: Simulator;
let who: Fruitore;
let stranger: Fruitore;
let ready: Prepared;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, people: 200, now: () => now });
  who = await fruitore(simulator.url, CASI_USO);
  stranger = await fruitore(simulator.url, ['C020']);
});
afterAll(() => simulator.close());
beforeEach(async () => {
  now = START;
  await control(simulator.url, 'DELETE', 'pdnd/comportamento');
  await control(simulator.url, 'DELETE', 'pdnd/quote');
  await control(simulator.url, 'PUT', 'pdnd/comportamento', { tokenAlSecondo: 1_000 });
  ready = await prepared(who, 'C020', now);
});

const named = (caso: string) => CASES.find((card) => card.caso === caso) ?? (() => { throw new Error(`no case ${caso}`); })();
const knob = (values: Record<string, unknown>) => control(simulator.url, 'PUT', 'pdnd/comportamento', values);
const C020 = () => body('C020', { idANPR: CASES[0]?.idANPR });
const ask = (change: CallChange = {}, text = C020()) => send(who, 'C020', ready, now, text, change);
async function about(casoUso: CasoUso, caso: string, more: { criteri?: Record<string, unknown>; datiRichiesta?: Record<string, unknown>; verifica?: Record<string, unknown> } = {}): Promise<CallAnswer> {
  return send(who, casoUso, await prepared(who, casoUso, now), now, body(casoUso, more.criteri ?? { idANPR: named(caso).idANPR }, more.datiRichiesta, more.verifica));
}
interface Subject { readonly [name: string]: unknown; readonly generalita?: { readonly nome: string; readonly codiceFiscale: { readonly codFiscale: string } }; readonly infoSoggettoEnte?: readonly { id: string; valore?: string; valoreData?: string }[] }
const subjects = ({ json }: CallAnswer): readonly Subject[] => (json['listaSoggetti'] as { datiSoggetto?: readonly Subject[] } | undefined)?.datiSoggetto ?? [];
const errorsOf = ({ json }: CallAnswer): readonly string[] => ((json['listaErrori'] ?? json['listaAnomalie'] ?? []) as { codiceErroreAnomalia: string; tipoErroreAnomalia: string; testoErroreAnomalia: string }[]).map((one) => `${one.codiceErroreAnomalia} ${one.tipoErroreAnomalia} ${one.testoErroreAnomalia}`);

describe('the hash vectors of the protocol', () => {
  it.each([
    ['{"idOperazioneClient":"1795428000000001","criteriRicerca":{"idANPR":"ZZ00000ZZ"},"datiRichiesta":{"dataRiferimentoRichiesta":"2026-11-23","motivoRichiesta":"PRATICA-0001-2026","casoUso":"C020"}}', '3gqkOeu2AyzAEN0VvAIX9AcdXdUNPtMxMMKhTDaMuDE='],
    ['', '47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
  ])('of the Digest hold for %j', (text, digest) => {
    expect(createHash('sha256').update(text).digest('base64')).toBe(digest);
  });

  it('are what the simulator checks: the right body goes on to its person, the one with a line feed does not', async () => {
    const text = '{"idOperazioneClient":"1795428000000001","criteriRicerca":{"idANPR":"ZZ00000ZZ"},"datiRichiesta":{"dataRiferimentoRichiesta":"2026-11-23","motivoRichiesta":"PRATICA-0001-2026","casoUso":"C020"}}';
    now = Date.parse('2026-11-23T12:00:00Z');
    ready = await prepared(who, 'C020', now);
    const headers = { digest: `${HEADER}3gqkOeu2AyzAEN0VvAIX9AcdXdUNPtMxMMKhTDaMuDE=` };
    expect((await ask({ headers }, text)).status).toBe(404);
    expect(await causes(simulator.url, (await ask({ headers, body: `${text}\n` }, text)).json['govway_id'])).toEqual(['DIGEST_MISMATCH']);
  });
});

describe('a right call', () => {
  it('gets its answer, the rate that is left and the ids for support', async () => {
    const answer = await ask();
    expect(answer.status).toBe(200);
    expect(subjects(answer)[0]).toMatchObject({ identificativi: { idANPR: CASES[0]?.idANPR }, residenza: [{ tipoIndirizzo: '1', indirizzo: { comune: { codiceIstat: '058091' } } }] });
    expect(Number(answer.json['idOperazioneANPR'])).toBeGreaterThan(2 ** 32);
    expect([answer.headers.get('x-ratelimit-limit'), answer.headers.get('x-ratelimit-remaining'), answer.headers.get('x-ratelimit-reset')]).toEqual(['1000', '999', String(13 * 3_600)]);
    expect(answer.headers.get('govway-transaction-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('may use its voucher and evidence again, and an upper-case hash', async () => {
    expect((await ask()).status).toBe(200);
    expect((await ask()).status).toBe(200);
    const tracking = await evidence(who, 'C020', now);
    const upper = await prepared(who, 'C020', now, { assertion: { digest: { alg: 'SHA256', value: createHash('sha256').update(tracking).digest('hex').toUpperCase() } } });
    expect((await send(who, 'C020', { tracking, voucher: upper.voucher }, now, C020())).status).toBe(200);
  });
});

describe('the checks of GovWay', () => {
  const seconds = START / 1_000;
  const INTEROP = 'InteroperabilityInvalidRequest';
  const withTracking = async (change: Record<string, unknown>, header: Record<string, unknown> = {}): Promise<CallAnswer> => send(who, 'C020', await prepared(who, 'C020', now, { tracking: change, trackingHeader: header }), now, C020());
  const forged = async (change: Record<string, unknown>): Promise<CallAnswer> => {
    const header = { kid: ((await (await fetch(`${simulator.url}/.well-known/jwks.json`)).json()) as { keys: { kid: string }[] }).keys[0]?.kid };
    return ask({ headers: { authorization: `Bearer ${await jws({ ...decodeJwt(ready.voucher), ...change }, who, header)}` } });
  };
  const rows: readonly [string, number, string, () => Promise<CallAnswer>][] = [
    ['TOKEN_MISSING', 401, 'TokenAuthenticationRequired', () => ask({ headers: { authorization: undefined } })],
    ['TOKEN_INVALID', 401, 'TokenAuthenticationFailed', () => forged({})],
    ['TOKEN_EXPIRED', 401, 'TokenExpired', () => { now += 601_000; return ask(); }],
    ['TOKEN_NBF', 401, 'TokenNotBefore', () => { now -= 30_000; return ask(); }],
    ['TOKEN_DENY', 403, 'AuthorizationTokenDeny', async () => send(who, 'C030', ready, now, C020())],
    ['PDND_LOOKUP', 429, 'TooManyRequests', async () => { await knob({ pdndIrraggiungibile: true }); return ask(); }],
    ['QUOTA', 429, 'LimitExceeded', async () => { await knob({ quotaGiornaliera: 0 }); return ask(); }],
    ['DIGEST_MISSING', 400, INTEROP, () => ask({ headers: { digest: undefined } })],
    ['DIGEST_FORMAT', 400, INTEROP, () => ask({ headers: { digest: 'sha-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=' } })],
    ['DIGEST_MISMATCH', 400, INTEROP, () => ask({ body: body('C020', { idANPR: CASES[1]?.idANPR }) })],
    ['SIG_MISSING', 400, INTEROP, () => ask({ headers: { 'agid-jwt-signature': undefined } })],
    ['SIG_KID', 400, INTEROP, () => ask({ signatureHeader: { kid: undefined } })],
    ['SIG_KEY', 400, INTEROP, () => ask({ signatureHeader: { kid: 'x'.repeat(43) } })],
    ['SIG_KEY', 400, INTEROP, () => ask({ signer: stranger })],
    ['SIG_BAD', 400, INTEROP, () => ask({ signer: { kid: who.kid, key: stranger.key } })],
    ['SIG_AUD', 400, INTEROP, () => ask({ signature: { aud: 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR-PDND/C020-servizioAccertamentoResidenza/v1' } })],
    ['SIG_IAT_MISSING', 400, INTEROP, () => ask({ signature: { iat: undefined } })],
    ['SIG_FUTURE', 400, INTEROP, () => ask({ signature: { iat: seconds + 6 } })],
    ['SIG_OLD', 400, INTEROP, () => ask({ signature: { iat: seconds - 601 } })],
    ['SIG_EXPIRED', 400, INTEROP, () => ask({ signature: { exp: seconds } })],
    ['SIG_NBF', 400, INTEROP, () => ask({ signature: { nbf: seconds + 6 } })],
    ['SH_FORMAT', 400, INTEROP, () => ask({ signature: { signed_headers: { digest: 'x' } } })],
    ['SH_NO_DIGEST', 400, INTEROP, () => ask({ signature: { signed_headers: [{ 'content-type': 'application/json' }] } })],
    ['SH_VALUE', 400, INTEROP, () => ask({ headers: { 'content-type': 'application/json; charset=UTF-8' } })],
    ['SH_NOT_FOUND', 400, INTEROP, () => ask({ signature: { signed_headers: [{ digest: `${HEADER}${createHash('sha256').update('').digest('base64')}` }, { 'content-encoding': 'UTF-8' }] }, body: '', headers: { digest: `${HEADER}${createHash('sha256').update('').digest('base64')}` } }, '')],
    ['AUD_MISSING', 400, INTEROP, () => ask({ headers: { 'agid-jwt-trackingevidence': undefined } })],
    ['AUD_KID', 400, INTEROP, () => withTracking({}, { kid: undefined })],
    ['AUD_KEY', 400, INTEROP, () => withTracking({}, { kid: stranger.kid })],
    ['AUD_AUD', 400, INTEROP, () => withTracking({ aud: 'altro' })],
    ['AUD_IAT_MISSING', 400, INTEROP, () => withTracking({ iat: undefined })],
    ['AUD_FUTURE', 400, INTEROP, () => withTracking({ iat: seconds + 6 })],
    ['AUD_OLD', 400, INTEROP, () => withTracking({ iat: seconds - 601 })],
    ['AUD_EXPIRED', 400, INTEROP, () => withTracking({ exp: seconds })],
    ['AUD_USERID', 400, INTEROP, () => withTracking({ userID: 42 })],
    ['AUD_LOCATION', 400, INTEROP, () => withTracking({ userLocation: undefined })],
    ['AUD_LOA', 400, INTEROP, () => withTracking({ LoA: 2 })],
    ['AUD_PURPOSE_MISSING', 400, INTEROP, () => withTracking({ purposeId: undefined })],
    ['AUD_PURPOSE_DIFF', 400, INTEROP, () => withTracking({ purposeId: who.purposes.C030 })],
    ['BIND_NO_DIGEST', 400, INTEROP, async () => send(who, 'C020', await prepared(who, 'C020', now, { assertion: { digest: undefined } }), now, C020())],
    ['BIND_MISMATCH', 400, INTEROP, async () => send(who, 'C020', { ...ready, tracking: await evidence(who, 'C020', now) }, now, C020())],
    ['SCHEMA', 400, 'InvalidRequestContent', () => ask({}, JSON.stringify({ ...(JSON.parse(C020()) as object), verifica: null }))],
    ['SCHEMA', 400, 'InvalidRequestContent', () => ask({}, body('C020', { idANPR: 12 }))],
    ['SCHEMA', 400, 'InvalidRequestContent', () => ask({}, body('C020', { idANPR: 'x', altro: 'y' }))],
    ['SCHEMA', 400, 'InvalidRequestContent', () => ask({}, JSON.stringify({ criteriRicerca: {}, datiRichiesta: {} }))],
    ['JSON', 400, 'UnprocessableRequestContent', () => ask({}, '{')],
    ['CONTENT_TYPE', 400, 'ContentTypeNotSupported', () => { const text = C020(); return ask({ headers: { 'content-type': 'text/plain' }, signature: { signed_headers: [{ digest: `${HEADER}${createHash('sha256').update(text).digest('base64')}` }] } }, text); }],
  ];
  it.each(rows)('find %s and say %i %s', async (codice, status, title, request) => {
    const answer = await request();
    expect([answer.status, answer.json['title']]).toEqual([status, title]);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(JSON.stringify(answer.json)).not.toContain(codice);
    expect(await causes(simulator.url, answer.json['govway_id'])).toEqual([codice]);
  });

  it('name no cause unless told to', async () => {
    await knob({ erroriDettagliati: true });
    expect((await ask({ headers: { digest: undefined } })).json['detail']).toContain('DIGEST_MISSING');
  });

  it('refuse a clock that is 13 seconds ahead of ANPR and admit one that is behind', async () => {
    await knob({ scartoErogatoreSecondi: -13 });
    expect((await ask()).json['title']).toBe('TokenNotBefore');
    await knob({ scartoErogatoreSecondi: 13 });
    expect((await ask()).status).toBe(200);
  });

  it('accept one jti twice, unless the filter is on', async () => {
    const twice = { signature: { jti: 'una-sola' } };
    expect([(await ask(twice)).status, (await ask(twice)).status]).toEqual([200, 200]);
    await knob({ filtroJti: true });
    expect([(await ask(twice)).status, (await ask(twice)).status]).toEqual([200, 409]);
  });

  it('go on with a revoked key for an hour', async () => {
    const other = await fruitore(simulator.url, ['C020']);
    const before = await prepared(other, 'C020', now);
    await control(simulator.url, 'DELETE', `pdnd/chiavi/${other.kid}`);
    expect((await send(other, 'C020', before, now, C020())).status).toBe(200);
    await knob({ ritardoRevocaSecondi: 0 });
    expect(await causes(simulator.url, (await send(other, 'C020', before, now, C020())).json['govway_id'])).toEqual(['SIG_KEY']);
  });

  it.each([
    ['/govway/rest/in/MinInternoPortaANPR-PDND/C099-niente/v1/anpr-service-e002', 'UnknownAPI'],
    ['/govway/rest/in/MinInternoPortaANPR-PDND/C020-servizioAccertamentoResidenza/v1', 'UndefinedOperation'],
    ['/govway/rest/in/altrove', 'NotFound'],
  ])('know no %s', async (path, title) => {
    const answer = await ask({ path });
    expect([answer.status, answer.json['title']]).toEqual([404, title]);
  });
});

describe('the daily quota', () => {
  it('admits its last call, refuses the first one beyond, and begins again at midnight in Rome', async () => {
    await knob({ quotaGiornaliera: 2 });
    expect([(await ask()).status, (await ask()).status, (await ask()).json['title']]).toEqual([200, 200, 'LimitExceeded']);
    now = Date.parse('2026-03-10T22:59:59Z');
    ready = await prepared(who, 'C020', now);
    expect((await ask()).status).toBe(429);
    now = Date.parse('2026-03-10T23:00:00Z');
    expect((await ask()).status).toBe(200);
  });

  it('counts calls that failed, unless told otherwise', async () => {
    await knob({ quotaGiornaliera: 1 });
    await ask({ headers: { digest: undefined } });
    expect((await ask()).status).toBe(429);
    await control(simulator.url, 'DELETE', 'pdnd/quote');
    await knob({ fallimentiConsumanoQuota: false });
    await ask({ headers: { digest: undefined } });
    expect((await ask()).status).toBe(200);
  });

  it.each([
    ['2026-03-28', '2026-03-28T23:00:00.000Z'],
    ['2026-03-29', '2026-03-29T22:00:00.000Z'],
    ['2026-10-24', '2026-10-24T22:00:00.000Z'],
    ['2026-10-25', '2026-10-25T23:00:00.000Z'],
  ])('ends at midnight in Rome also on %s', (day, end) => {
    expect(nextDay({ today: () => day })).toBe(end);
  });
});

describe('the e-services', () => {
  it.each([
    ['C015', ['generalita', 'identificativi', 'statoCivile']],
    ['C018', ['cittadinanza', 'generalita', 'identificativi']],
    ['C019', ['generalita', 'identificativi', 'infoSoggettoEnte']],
    ['C020', ['generalita', 'identificativi', 'residenza']],
    ['C021', ['generalita', 'identificativi', 'infoSoggettoEnte', 'legameSoggetto']],
    ['C007', ['infoSoggettoEnte']],
  ] as const)('%s tells %j and nothing else', async (casoUso, names) => {
    expect(Object.keys(subjects(await about(casoUso, 'residente'))[0] ?? {}).sort()).toEqual(names);
  });

  it('C030 tells the idANPR from a codice fiscale, and that alone', async () => {
    const answer = await about('C030', 'residente', { criteri: { codiceFiscale: CASES[0]?.codiceFiscale } });
    expect([subjects(answer), errorsOf(answer)]).toEqual([[{ identificativi: { idANPR: CASES[0]?.idANPR } }], []]);
  });

  it('warn who searches by codice fiscale, or refuse, as is set', async () => {
    const criteri = { codiceFiscale: CASES[0]?.codiceFiscale };
    expect(errorsOf(await about('C020', 'residente', { criteri }))[0]).toMatch(/^EN148 W /);
    await knob({ ricercaCodiceFiscale: 'rifiutata' });
    const refused = await about('C020', 'residente', { criteri });
    expect([refused.status, errorsOf(refused)[0]?.slice(0, 7)]).toEqual([400, 'EN148 E']);
  });

  it('C003 says whether what is declared is so', async () => {
    const { codiceFiscale, cognome, nome } = named('residente');
    const declared = (verifica: Record<string, unknown>) => about('C003', 'residente', { verifica: { generalita: verifica } });
    expect(subjects(await declared({ codiceFiscale: { codFiscale: codiceFiscale }, cognome, nome }))).toEqual([{ infoSoggettoEnte: [{ id: '1002', chiave: "Verifica generalita'", valore: 'S' }] }]);
    expect(subjects(await declared({ cognome, nome: 'ALTRA' }))[0]?.infoSoggettoEnte?.[0]).toEqual({ id: '1002', chiave: "Verifica generalita'", valore: 'N', dettaglio: 'Dato non corrispondente' });
  });

  it('C008 says whether somebody lives there', async () => {
    const at = async (numero: string) => subjects(await about('C008', 'residente', { verifica: { residenza: { indirizzo: { comune: { codiceIstat: '058091' }, numeroCivico: { numero } } } } }))[0]?.infoSoggettoEnte?.[0]?.valore;
    expect([await at('7'), await at('8')]).toEqual(['S', 'N']);
  });

  it('C007 and C019 say who is alive on the day that is asked about', async () => {
    const day = async (data: string) => subjects(await about('C019', 'deceduto', { datiRichiesta: { dataRiferimentoRichiesta: data } }))[0]?.infoSoggettoEnte?.map(({ id, valore, valoreData }) => [id, valore ?? valoreData]);
    expect(await day('2026-03-10')).toEqual([['1003', 'N'], ['1015', '2023-02-11']]);
    expect((await day('2023-02-10'))?.[0]).toEqual(['1003', 'S']);
    expect(subjects(await about('C007', 'residente'))[0]?.infoSoggettoEnte?.[0]?.valore).toBe('S');
  });

  it('C021 tells the whole family, and of a dead person herself alone', async () => {
    expect(subjects(await about('C021', 'famiglia numerosa'))).toHaveLength(12);
    expect(subjects(await about('C021', 'deceduto'))).toHaveLength(1);
  });

  it('C020 tells the address abroad of who is in AIRE, and no address that began later', async () => {
    expect(subjects(await about('C020', 'AIRE con indirizzo estero e consolato'))[0]).toMatchObject({ generalita: { soggettoAIRE: 'S' }, residenza: [{ tipoIndirizzo: '4', localitaEstera: { consolato: { descrizioneConsolato: 'BRUXELLES' } } }] });
    expect(subjects(await about('C020', 'residente', { datiRichiesta: { dataRiferimentoRichiesta: '2019-05-31' } }))[0]?.['residenza']).toEqual([]);
  });

  it('C018 tells both citizenships of who has two, C015 the civil status of who is in a union', async () => {
    expect((subjects(await about('C018', 'due cittadinanze'))[0]?.['cittadinanza'] as { codiceStato: string }[]).map(({ codiceStato }) => codiceStato)).toEqual(['100', '615']);
    expect(subjects(await about('C015', 'unione civile'))[0]?.['statoCivile']).toEqual({ statoCivile: '6' });
    expect(subjects(await about('C021', 'famiglia AIRE'))).toMatchObject([{ legameSoggetto: { tipoLegame: '5' } }, { legameSoggetto: { tipoLegame: '5' } }]);
  });

  it('find two people with the same data', async () => {
    const criteri = { cognome: 'GEMELLINI', nome: 'UGUALE', sesso: 'M', datiNascita: { dataEvento: '1980-02-29', luogoNascita: { comune: { codiceIstat: '058091' } } } };
    expect(subjects(await about('C015', 'residente', { criteri }))).toHaveLength(2);
  });

  it.each([
    ['nobody', { idANPR: 'ZZ99999Z0' }, 404, 'EN122 E Soggetto non registrato in ANPR'],
    ['somebody cancelled', { idANPR: named('cancellato per emigrazione').idANPR }, 404, 'EN122 E Soggetto cancellato da ANPR'],
    ['too little', { cognome: 'SINTETICI' }, 400, 'EN448 E Per la ricerca del soggetto impostare idANPR, codice fiscale o i 5 dati anagrafici'],
    ['a masked person', { idANPR: named('mascherato (EN493)').idANPR }, 404, 'EN122 E Soggetto non registrato in ANPR'],
    ['a back end that fails', { idANPR: named('SOAP Fault').idANPR }, 500, '999 E Operazione non effettuabile'],
    ['a family that is being registered: no error at all', { idANPR: named('famiglia in corso di registrazione (EN214)').idANPR }, 400, undefined],
  ])('answer about %s', async (_what, criteri, status, error) => {
    const answer = await about('C020', 'residente', { criteri });
    expect([answer.status, errorsOf(answer)[0]]).toEqual([status, error]);
  });

  it('answer with a page where the real ones do', async () => {
    const answer = await about('C020', 'HTTP 500');
    expect([answer.status, answer.text]).toEqual([500, expect.stringContaining('GovWay-OP20000-9999')]);
  });

  it('refuse another use and a day to come', async () => {
    expect(errorsOf(await about('C020', 'residente', { datiRichiesta: { casoUso: 'C021' } }))).toEqual(['EN148 E Ente non abilitato o caso uso inesistente : C021']);
    expect((await about('C020', 'residente', { datiRichiesta: { dataRiferimentoRichiesta: '2026-03-11' } })).status).toBe(400);
  });

  it('of the old regime give a known id its old answer, whoever is asked about, and want ids that grow', async () => {
    await knob({ regimeIdOperazione: 'vecchio' });
    const other = (id: string, caso: string) => ask({}, body('C020', { idANPR: named(caso).idANPR }).replace(/"idOperazioneClient":"\d+"/, `"idOperazioneClient":"${id}"`));
    const first = await other('100', 'residente');
    expect((await other('100', 'due residenze')).json).toEqual(first.json);
    expect((await other('99', 'residente')).status).toBe(400);
    expect((await other('101', 'due residenze')).status).toBe(200);
  });
});

describe('answers of the future and of convivenze', () => {
  it('tie the people of a convivenza to it', async () => {
    const answer = await about('C021', 'convivenza di tre persone: il responsabile');
    expect(subjects(answer).map(({ legameSoggetto }) => legameSoggetto)).toMatchObject([{ tipoLegame: '4', codiceLegame: '1' }, { tipoLegame: '4', codiceLegame: '2' }, { tipoLegame: '4', codiceLegame: '2' }]);
  });

  it('have sections and codes that nobody knows, and refusals without a reason', async () => {
    expect(subjects(await about('C020', 'risposta con elementi facoltativi sconosciuti'))[0]?.['nuovaSezione']).toEqual({ valore: 'S' });
    const [unknown, empty] = [await about('C020', 'rifiuto con un codice che nessuna tabella ha (ZZ999)'), await about('C020', 'rifiuto con un elenco di errori vuoto')];
    expect([unknown.status, errorsOf(unknown)[0]?.slice(0, 7), empty.status, errorsOf(empty)]).toEqual([400, 'ZZ999 E', 400, []]);
  });
});

describe('a service that does not answer in time', () => {
  const SILENT = () => body('C020', { idANPR: named('ANPR non risponde').idANPR });

  it('is answered for by GovWay, also where the answer is only late, and what it did is done', async () => {
    await knob({ attesaErogatoreMs: 50 });
    const silent = await ask({}, SILENT());
    expect([silent.status, silent.json['title'], silent.json['detail'], silent.headers.get('govway-transaction-errortype')]).toEqual([504, 'EndpointReadTimeout', 'Read Timeout calling the API implementation', 'EndpointReadTimeout']);
    expect(await causes(simulator.url, silent.json['govway_id'])).toEqual(['BACKEND_TIMEOUT']);
    await control(simulator.url, 'PUT', 'ritardo', { minMs: 60, maxMs: 60 });
    expect((await ask()).status).toBe(504);
    await knob({ attesaErogatoreMs: 100 });
    expect((await ask()).status).toBe(200);
    await control(simulator.url, 'DELETE', 'ritardo');
    expect(Object.values(((await (await control(simulator.url, 'GET', 'pdnd')).json()) as { chiamate: Record<string, number> }).chiamate)).toEqual([3]);
  });

  it('is waited for by default as long as at ANPR, for ever where that is asked', async () => {
    const comportamento = (await (await control(simulator.url, 'GET', 'pdnd')).json()) as { comportamento: { attesaErogatoreMs: number } };
    expect(comportamento.comportamento.attesaErogatoreMs).toBe(30_000);
    await knob({ attesaErogatoreMs: 0 });
    await expect(Promise.race([ask({}, SILENT()).then(() => 'answered'), fetch(simulator.url).then(() => ask()).then(({ status }) => status)])).resolves.toBe(200);
  });
});
