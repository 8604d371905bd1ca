import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import type { Card } from '../people/card.js';
import { startSimulator, type Simulator } from '../server.js';
import { byCode, connectionRequest, enveloped, NATIONAL, newId, post, request3002, send, type RequestParts } from '../testing/requests.js';

const NOW = Date.parse('2026-01-20T12:00:00+01:00');
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, people: 200, now: () => NOW });
});
afterAll(() => simulator.close());

function named(caso: string): Card {
  const card = CASES.find((candidate) => candidate.caso === caso);
  if (!card) throw new Error(`no case ${caso}`);
  return card;
}

const RESIDENT = named('residente').codiceFiscale;
const ownCard = (istat: string, id: number) => `<idSchedaSoggettoComune><idSchedaSoggettoComuneIstat>${istat}</idSchedaSoggettoComuneIstat><idSchedaSoggetto>S-${String(id)}</idSchedaSoggetto></idSchedaSoggettoComune>`;
const ask = (parts: RequestParts) => send(simulator.url, request3002(parts));
const about = (caso: string, parts: RequestParts = {}) => ask({ criteri: byCode(named(caso).codiceFiscale), ...parts });
const luogo = (nome: string, istat: string, provincia: string) => `<luogoNascita><comune><nomeComune>${nome}</nomeComune><codiceIstat>${istat}</codiceIstat><siglaProvinciaIstat>${provincia}</siglaProvinciaIstat></comune></luogoNascita>`;
const nascita = (data: string, rest = luogo('ROMA', '058091', 'RM')) => `<datiNascita><dataEvento>${data}</dataEvento>${rest}</datiNascita>`;

describe('a lookup by codice fiscale', () => {
  it('echoes the header and gives an operation number beyond 32 bits that grows', async () => {
    const first = await ask({ id: 'ECO1', criteri: byCode(RESIDENT), protocollo: '<protocolloComune>GW-2026/000123</protocolloComune>' });
    const second = await ask({ id: 'ECO2', criteri: byCode(RESIDENT) });
    expect(first.status).toBe(200);
    expect(first.type).toBe('text/xml; charset=utf-8');
    expect(['idOperazioneComune', 'codMittente', 'codDestinatario', 'operazioneRichiesta', 'dataOraRichiesta', 'protocolloComune', 'esitoOperazione'].map(first.first)).toEqual(['ECO1', '058091', 'ANPR05', '3002', '2026-01-20T10:15:30.120+01:00', 'GW-2026/000123', '0000']);
    expect(Number(first.first('idOperazioneANPR'))).toBeGreaterThan(2 ** 32);
    expect(Number(second.first('idOperazioneANPR'))).toBeGreaterThan(Number(first.first('idOperazioneANPR')));
  });

  it('finds an ordinary person too', async () => {
    const list = (await (await fetch(`${simulator.url}/controllo/persone?limite=1`)).json()) as { codiceFiscale: string; cognome: string }[];
    const person = list.at(-1);
    const answer = await ask({ criteri: byCode(person?.codiceFiscale ?? '') });
    expect(answer.first('cognome')).toBe(person?.cognome);
  });

  it('does not mind lower case in the code', async () => {
    expect((await ask({ criteri: byCode(RESIDENT.toLowerCase()) })).first('codFiscale')).toBe(RESIDENT);
  });

  it.each([
    [[2], ['identificativi', 'generalita']],
    [['02'], ['identificativi', 'generalita']],
    [[10], ['identificativi', 'generalita', 'residenza']],
    [[6, 3], ['identificativi', 'generalita', 'statoCivile', 'cittadinanza']],
    [[22, 21, 4], ['identificativi', 'generalita', 'attributiSoggetto', 'legameSoggetto', 'famigliaConvivenza']],
    [[27, 28], ['identificativi', 'generalita', 'datiCancellazione', 'datiDecesso']],
    [[5, 30], ['identificativi', 'generalita']],
    [['01'], ['identificativi', 'generalita', 'statoCivile', 'attributiSoggetto', 'cittadinanza', 'residenza', 'legameSoggetto', 'famigliaConvivenza', 'datiCancellazione', 'datiDecesso']],
  ])('discloses for the codes %j only the sections %j', async (sezioni, names) => {
    expect((await about('deceduto', { sezioni })).names).toEqual(names);
  });
});

describe('the named cases', () => {
  it.each([
    ['residente in altro Comune', { nomeComune: 'MILANO' }],
    ['deceduto', { motivoCancellazione: '1', dataEvento: '2023-02-11' }],
    ['cancellato per emigrazione', { motivoCancellazione: '5' }],
    ['cancellato per irreperibilità', { motivoCancellazione: '6' }],
    ['AIRE con indirizzo estero e consolato', { soggettoAIRE: 'S', annoEspatrio: '2001', tipoIndirizzo: '4', descrizioneConsolato: 'BRUXELLES', codiceStato: '206' }],
    ['senza fissa dimora', { noteIndirizzo: 'Senza fissa dimora' }],
    ['senza cognome', { senzaCognome: '1', cognome: undefined, descrizioneStato: "PERU'" }],
    ['giorno di nascita ignoto', { senzaGiorno: '1' }],
    ['giorno e mese di nascita ignoti', { senzaGiornoMese: '1' }],
    ['nascita all’estero', { descrizioneLocalita: 'LIMA' }],
    ['apostrofo, accenti e nomi doppi', { cognome: "D'ESEMPIÒ-SAGGÌNI", nome: 'MARÌA PROVÀ', presso: "COMUNITA' DI PROVA" }],
    ['omocodia', { nome: 'PARVA' }],
    ['codice fiscale provvisorio numerico', { codFiscale: named('codice fiscale provvisorio numerico').codiceFiscale, validitaCF: '9' }],
    ['codice fiscale non validato', { validitaCF: '9' }],
    ['senza numero civico', { progSNC: '1', numero: undefined }],
    ['indirizzo chilometrico', { metrico: '12500', frazione: 'BORGO DEL COLLAUDO' }],
  ])('answer for “%s” what makes the case', async (caso, expected: Record<string, string | undefined>) => {
    const answer = await about(caso);
    for (const [name, value] of Object.entries(expected)) expect(answer.all(name), name)[value === undefined ? 'toEqual' : 'toContain'](value ?? []);
  });

  it('gives both cards of somebody who moved', async () => {
    const answer = await about('trasferito: scheda cancellata e scheda attiva');
    expect(answer.all('idSchedaSoggettoComuneIstat')).toEqual(['058091', '037006']);
    expect(answer.all('motivoCancellazione')).toEqual(['3']);
    expect(new Set(answer.all('idANPR')).size).toBe(1);
  });

  it('gives both residences of kind 1 and 10', async () => {
    expect((await about('due residenze')).all('tipoIndirizzo')).toEqual(['1', '10']);
  });

  it('marks who has no fixed abode', async () => {
    expect((await about('senza fissa dimora', { sezioni: [4] })).first('senzaFissaDimora')).toBe('S');
  });

  it('has a family of twelve in one house', () => {
    const head = named('famiglia numerosa');
    expect(CASES.filter((card) => card.famiglia.id === head.famiglia.id)).toHaveLength(12);
  });

  it('adds a warning to an answer', async () => {
    const answer = await about('risposta con avviso');
    expect(answer.codes).toEqual(['EC056']);
    expect(answer.first('tipoErroreAnomalia')).toBe('W');
    expect(answer.first('cognome')).toBe('AVVISATI');
  });

  it.each([
    ['famiglia in corso di registrazione (EN214)', 'EN214'],
    ['mascherato (EN493)', 'EN493'],
    ['operatore non abilitato (XXXX)', 'XXXX'],
  ])('refuses “%s”', async (caso, code) => {
    const answer = await about(caso);
    expect(answer.codes).toEqual([code]);
    expect(answer.all('codiceErroreAnomalia')).toEqual(['EN527', code]);
    expect(answer.first('esitoOperazione')).toBe('XXXX');
    expect(answer.text).not.toContain('datiSoggetto');
  });

  it('answers with another person, or under another operation, when asked for those who do that', async () => {
    const person = named('risposta con un’altra persona');
    expect((await about('risposta con un’altra persona')).first('codFiscale')).toBe(RESIDENT);
    expect(person.codiceFiscale).not.toBe(RESIDENT);
    const id = newId();
    const misplaced = await about('risposta con un’altra operazione', { id });
    expect(misplaced.first('idOperazioneComune')).toHaveLength(id.length);
    expect(misplaced.first('idOperazioneComune')).not.toBe(id);
  });

  it('breaks in the four ways in which ANPR breaks', async () => {
    const fault = await about('SOAP Fault');
    expect([fault.status, fault.first('faultstring')]).toEqual([500, 'Internal error (from server)']);
    const failed = await about('HTTP 500');
    expect([failed.status, failed.type]).toEqual([500, 'text/html; charset=utf-8']);
    const cut = await about('risposta illeggibile');
    expect(cut.status).toBe(200);
    expect(cut.text).not.toContain('</env:Envelope>');
  });

  it('never answers about one of them, and holds the operation as running', async () => {
    const id = newId();
    const criteri = byCode(named('ANPR non risponde').codiceFiscale);
    const impatient = new AbortController();
    const waiting = post(simulator.url, enveloped(request3002({ id, criteri })), '3000', impatient.signal);
    await expect.poll(async () => (await ask({ id, criteri })).codes).toEqual(['EN148']);
    impatient.abort();
    await expect(waiting).rejects.toThrow();
  });
});

describe('the search', () => {
  const five = '<cognome>SINTETICI</cognome><nome>PROVA</nome><sesso>F</sesso>';

  it('finds by idANPR', async () => {
    expect((await ask({ criteri: `<idANPR>${named('residente').idANPR}</idANPR>` })).first('codFiscale')).toBe(RESIDENT);
  });

  it('finds one card by its number, of ANPR or of its Comune', async () => {
    const cancelled = named('trasferito: scheda cancellata e scheda attiva').id;
    for (const criteri of [`<idSchedaSoggettoANPR>${String(cancelled)}</idSchedaSoggettoANPR>`, ownCard('058091', cancelled)]) {
      const answer = await ask({ criteri });
      expect([answer.all('idSchedaSoggettoANPR'), answer.all('motivoCancellazione')]).toEqual([[String(cancelled)], ['3']]);
    }
  });

  it('finds by the five data', async () => {
    expect((await ask({ criteri: five, nascita: nascita('1985-03-15') })).first('codFiscale')).toBe(RESIDENT);
    expect((await ask({ criteri: five, nascita: nascita('1985-03-15+01:00') })).first('codFiscale')).toBe(RESIDENT);
  });

  it('finds who has no surname, an unknown day and a foreign birth place', async () => {
    const lima = '<luogoNascita><localita><descrizioneLocalita>LIMA</descrizioneLocalita><descrizioneStato>PERU</descrizioneStato><codiceStato>615</codiceStato></localita></luogoNascita>';
    const nobody = await ask({ criteri: '<senzaCognome>1</senzaCognome><nome>ESEMPIO</nome><sesso>M</sesso>', nascita: nascita('1988-06-18', lima) });
    expect(nobody.first('senzaCognome')).toBe('1');
    const ignota = await ask({ criteri: '<cognome>IGNOTINI</cognome><nome>PROTOTIPO</nome><sesso>M</sesso>', nascita: nascita('1955-07-01', `<senzaGiorno>1</senzaGiorno>${luogo('ROMA', '058091', 'RM')}`) });
    expect(ignota.first('senzaGiorno')).toBe('1');
  });

  it('gives the synthetic answer when two people have the same generalità, whatever was asked', async () => {
    const parts: RequestParts = { criteri: '<cognome>GEMELLINI</cognome><nome>UGUALE</nome><sesso>M</sesso>', nascita: nascita('1980-02-29') };
    const answer = await ask({ ...parts, sezioni: [3, 6] });
    expect(answer.all('codFiscale')).toHaveLength(2);
    expect(answer.names).toEqual(['generalita', 'residenza', 'legameSoggetto', 'famigliaConvivenza']);
  });

  it('finds them one by one with the codice fiscale, complete', async () => {
    const answer = await about('generalità uguali a un’altra persona (seconda)', { sezioni: [3] });
    expect(answer.names).toEqual(['identificativi', 'generalita', 'statoCivile']);
  });

  it.each([
    ['nobody with the code', { criteri: byCode('SNTPRV85C55H501A') }, 'EN122'],
    ['nobody with the generalità', { criteri: '<cognome>NESSUNO</cognome><nome>PROVA</nome><sesso>F</sesso>', nascita: nascita('1985-03-15') }, 'EN133'],
    ['too few criteria', { criteri: '<cognome>SINTETICI</cognome><nome>PROVA</nome>' }, 'EN448'],
    ['no criteria', { criteri: '' }, 'EN448'],
    ['another first name', { criteri: byCode(RESIDENT, '<nome>PROVETTA</nome>') }, 'EN068'],
    ['another surname', { criteri: byCode(RESIDENT, '<cognome>SINTETICO</cognome>') }, 'EN069'],
    ['an accent too many', { criteri: byCode(RESIDENT, '<cognome>SINTETICÌ</cognome>') }, 'EN069'],
    ['no surname declared', { criteri: byCode(RESIDENT, '<senzaCognome>1</senzaCognome>') }, 'EN069'],
    ['a codice fiscale of somebody else than the idANPR', { criteri: byCode(RESIDENT, `<idANPR>${named('omocodia').idANPR}</idANPR>`) }, 'EN070'],
    ['another birth date', { criteri: byCode(RESIDENT), nascita: nascita('1985-03-16') }, 'EN071'],
    ['another birth place', { criteri: byCode(RESIDENT), nascita: nascita('1985-03-15', luogo('BOLOGNA', '037006', 'BO')) }, 'EN072'],
    ['another sex', { criteri: byCode(RESIDENT, '<sesso>M</sesso>') }, 'EN075'],
    ['a search by identity card', { criteri: '<cartaIdentita3000><numero>AB 123</numero></cartaIdentita3000>' }, 'EN053'],
    ['a card that is nobody’s', { criteri: '<idSchedaSoggettoANPR>12</idSchedaSoggettoANPR>' }, 'EN122'],
    ['another card than the person’s', { criteri: byCode(RESIDENT, `<idSchedaSoggettoANPR>${String(named('vedova').id)}</idSchedaSoggettoANPR>`) }, 'EN073'],
    ['her card as another Comune’s', { criteri: byCode(RESIDENT, ownCard('037006', named('residente').id)) }, 'EN074'],
    ['a card as another Comune’s', { criteri: ownCard('037006', named('residente').id) }, 'EN122'],
    ['the card of a family for one person', { criteri: byCode(RESIDENT), scheda: '2' }, 'EN053'],
  ])('refuses %s', async (_what, parts: RequestParts, code) => {
    const answer = await ask(parts);
    expect(answer.codes).toEqual([code]);
    expect(answer.status).toBe(200);
  });

  it('accepts everything that agrees with the codice fiscale', async () => {
    const answer = await ask({ criteri: byCode(RESIDENT, `<cognome>SINTETICI</cognome><nome>PROVA</nome><sesso>F</sesso><idANPR>${named('residente').idANPR}</idANPR>`), nascita: nascita('1985-03-15') });
    expect(answer.codes).toEqual([]);
    expect(answer.first('codFiscale')).toBe(RESIDENT);
  });
});

describe('the limits of the search', () => {
  const only = (istat: string, nome: string) => `<ricercaNazionale>0</ricercaNazionale><comuneResidenza><nomeComune>${nome}</nomeComune><codiceIstat>${istat}</codiceIstat><siglaProvinciaIstat>XX</siglaProvinciaIstat></comuneResidenza>`;
  const byName = '<ricercaNazionale>0</ricercaNazionale><comuneResidenza><nomeComune>Bologna</nomeComune><siglaProvinciaIstat>BO</siglaProvinciaIstat></comuneResidenza>';

  it.each([
    ['a resident, limited to the Comune of the sender', 'residente', '<ricercaNazionale>0</ricercaNazionale>', []],
    ['a resident, without a word on the scope', 'residente', '', []],
    ['who lives elsewhere, limited', 'residente in altro Comune', '<ricercaNazionale>0</ricercaNazionale>', ['EN122']],
    ['who lives elsewhere, without a word on the scope', 'residente in altro Comune', '', ['EN122']],
    ['who lives elsewhere, in the whole of ANPR', 'residente in altro Comune', NATIONAL, []],
    ['who lives elsewhere, limited to there', 'residente in altro Comune', only('015146', 'MILANO'), []],
    ['a resident, limited to elsewhere', 'residente', only('015146', 'MILANO'), ['EN122']],
    ['a national search that names a Comune', 'residente', NATIONAL + only('015146', 'MILANO').replace(/^<ricercaNazionale>0<\/ricercaNazionale>/, ''), ['EN053']],
    ['a scope that does not exist', 'residente', '<ricercaNazionale>2</ricercaNazionale>', ['EN053']],
  ])('answer about %s', async (_what, caso, ambito, codes) => {
    expect((await about(caso, { ambito })).codes).toEqual(codes);
  });

  it('leave one card of two to the Comune that keeps it', async () => {
    expect((await about('trasferito: scheda cancellata e scheda attiva', { ambito: byName })).all('idSchedaSoggettoComuneIstat')).toEqual(['037006']);
    expect((await about('trasferito: scheda cancellata e scheda attiva', { ambito: '' })).all('motivoCancellazione')).toEqual(['3']);
  });

  it('tell AIRE from residents when asked', async () => {
    expect((await ask({ criteri: byCode(RESIDENT, '<soggettoAIRE>S</soggettoAIRE>') })).codes).toEqual(['EN122']);
    expect((await ask({ criteri: byCode(named('AIRE con indirizzo estero e consolato').codiceFiscale, '<soggettoAIRE>S</soggettoAIRE>') })).codes).toEqual([]);
  });
});

describe('the checks of a request', () => {
  it.each([
    ['an old protocol version', { codDestinatario: 'ANPR04' }, 'XXXX'],
    ['an operation of no family', { operazioneRichiesta: 'Z002' }, 'EC022'],
    ['another operation of the family', { operazioneRichiesta: '3001' }, 'XXXX'],
    ['a variation', { tipoOperazione: 'V' }, 'EHR26'],
    ['another environment', { tipoInvio: 'PROD' }, '999'],
    ['a request of tomorrow', { dataOraRichiesta: '2026-01-21T00:00:00+01:00' }, 'EHR09'],
    ['the situation of tomorrow', { dataRiferimento: '2026-01-21' }, 'EHR09'],
    ['no sections', { sezioni: [] }, 'EN052'],
    ['everything and something', { sezioni: [1, 2] }, 'EC020'],
    ['a section that does not exist', { sezioni: [31] }, 'EC025'],
    ['section zero', { sezioni: ['00'] }, 'EC025'],
    ['a repeated section', { sezioni: [2, 10, '02'] }, 'EC026'],
    ['a hyphen in the name of the application', { applicativo: '<nomeApplicativo>Ge-Res</nomeApplicativo>' }, 'EN489'],
    ['an id with hyphens', { id: 'a-b' }, 'EN489'],
    ['an unknown element', { criteri: `${byCode(RESIDENT)}<eta>40</eta>` }, 'EN489'],
    ['elements in another order', { criteri: `<nome>PROVA</nome>${byCode(RESIDENT)}` }, 'EN489'],
    ['a date that no calendar has', { dataRiferimento: '2025-02-29' }, 'EN489'],
    ['an element with a namespace', { criteri: `<ns:codiceFiscale>${RESIDENT}</ns:codiceFiscale>` }, 'EN489'],
  ])('refuse %s', async (_what, parts: RequestParts, code) => {
    const answer = await ask({ criteri: byCode(RESIDENT), ...parts });
    expect(answer.codes).toEqual([code]);
    expect(answer.all('codiceErroreAnomalia')[0]).toBe('EN527');
    expect(answer.text).not.toContain('datiSoggetto');
  });

  it('look at the version before the schema, and at the schema before the environment', async () => {
    expect((await ask({ codDestinatario: 'ANPR04', criteri: '<eta>40</eta>' })).codes).toEqual(['XXXX']);
    expect((await ask({ tipoInvio: 'PROD', criteri: '<eta>40</eta>' })).codes).toEqual(['EN489']);
  });

  it('give operation number 0 to what is refused before it is an operation', async () => {
    expect((await ask({ tipoInvio: 'PROD' })).first('idOperazioneANPR')).toBe('0');
  });

  it('answer about the present day in Rome as well as about the past', async () => {
    expect((await about('residente', { dataRiferimento: '2026-01-20+01:00' })).codes).toEqual([]);
  });

  it('refuse the other services of the family by name', async () => {
    const answer = await send(simulator.url, request3002({ operazioneRichiesta: '3006' }).replaceAll('Richiesta3002', 'Richiesta3006'));
    expect(answer.codes).toEqual(['EN379']);
    expect(answer.text).toContain('<ns:Risposta3006 ');
  });

  it.each([
    ['what is not XML', 'ciao'],
    ['nothing', ''],
    ['a document type', `<!DOCTYPE a [<!ENTITY b "c">]>${enveloped(request3002())}`],
    ['an entity of its own', enveloped(request3002({ criteri: byCode('&b;') }))],
    ['an envelope of SOAP 1.2', enveloped(request3002()).replaceAll('http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope')],
    ['two payloads', enveloped(request3002() + request3002())],
    ['an empty Body', enveloped('')],
    ['bottomless nesting', enveloped('<a>'.repeat(5_000) + '</a>'.repeat(5_000))],
  ])('refuse %s with a Fault', async (_what, text) => {
    const answer = await post(simulator.url, text);
    expect([answer.status, answer.first('faultcode'), answer.first('faultstring')]).toEqual([500, 'env:Client', 'Malformed content (from client)']);
  });

  it('refuse an unknown payload with a Fault', async () => {
    expect((await send(simulator.url, '<a/>')).first('faultstring')).toBe('Rejected by policy. (from client)');
    expect((await send(simulator.url, connectionRequest())).first('faultstring')).toBe('Rejected by policy. (from client)');
  });

  it('refuse what is too big or is not XML by its type', async () => {
    expect((await post(simulator.url, ' '.repeat(2_000_000))).status).toBe(413);
    const json = await fetch(`${simulator.url}/ANPR3000ServiziConsultazione/AnprService3000`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' });
    expect(json.status).toBe(415);
  });
});

describe('an id that comes again', () => {
  it('gets the stored answer, whatever is asked the second time', async () => {
    const id = newId();
    const first = await ask({ id, criteri: byCode(RESIDENT), dataOraRichiesta: '2026-01-20T09:00:00+01:00' });
    const second = await ask({ id, criteri: byCode(named('deceduto').codiceFiscale), sezioni: [1], dataOraRichiesta: '2026-01-20T09:05:00+01:00' });
    expect(second.text).toBe(first.text);
  });

  it('gets a stored refusal too', async () => {
    const id = newId();
    const first = await ask({ id, criteri: byCode('SNTPRV85C55H501A') });
    expect((await ask({ id, criteri: byCode(RESIDENT) })).text).toBe(first.text);
    expect(first.codes).toEqual(['EN122']);
  });

  it('is another id when another Comune sends it', async () => {
    const id = newId();
    await ask({ id, criteri: byCode(RESIDENT) });
    expect((await ask({ id, codMittente: '037006', criteri: byCode(named('deceduto').codiceFiscale) })).first('cognome')).toBe('FITTIZI');
  });

  it('is refused for another operation', async () => {
    const id = newId();
    await send(simulator.url, connectionRequest({ id }), 'TestConn');
    expect((await ask({ id, criteri: byCode(RESIDENT) })).codes).toEqual(['EN079']);
  });

  it('starts afresh when the first time was refused before it was an operation', async () => {
    const id = newId();
    expect((await ask({ id, tipoInvio: 'PROD', criteri: byCode(RESIDENT) })).codes).toEqual(['999']);
    expect((await ask({ id, criteri: byCode(RESIDENT) })).codes).toEqual([]);
  });
});

describe('the connectivity test', () => {
  it('answers with the header and nothing else', async () => {
    const answer = await send(simulator.url, connectionRequest({ id: 'CONN1' }), 'TestConn');
    expect([answer.status, answer.first('idOperazioneComune'), answer.first('operazioneRichiesta'), answer.first('esitoOperazione')]).toEqual([200, 'CONN1', 'OP01', '0000']);
    expect(answer.text).toContain('<ns:RispostaConnessione xmlns:ns="http://sogei.it/ANPR/connessione">');
  });

  it('refuses the wrong environment in its header', async () => {
    expect((await send(simulator.url, connectionRequest({ tipoInvio: 'PROD' }), 'TestConn')).first('esitoOperazione')).toBe('XXXX');
  });
});
