import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES } from '../people/cases.js';
import { startSimulator, type Simulator } from '../server.js';
import { control } from '../testing/pdnd.js';
import { byCode, connectionRequest, enveloped, payloadOf, post, request3002, request7001, send, type RequestParts } from '../testing/requests.js';
import { signedMessage } from '../testing/signing.js';
import { FOLDER, missing, validate } from '../testing/xmllint.js';
import { authority } from '../wss/authority.js';

const absent = missing();
const suite = absent === undefined ? describe : describe.skip;
const RESIDENT = CASES[0]?.codiceFiscale ?? '';
const comune = '<nomeComune>ROMA</nomeComune><codiceIstat>058091</codiceIstat><siglaProvinciaIstat>RM</siglaProvinciaIstat>';
const born = (inside: string) => `<datiNascita>${inside}</datiNascita>`;
const place = `<luogoNascita><comune>${comune}</comune></luogoNascita>`;

/** Requests of which some keep to the schema and some do not: the simulator and xmllint must agree on every one. */
const VARIED: readonly RequestParts[] = [
  {},
  { id: 'A'.repeat(30) },
  { id: 'A'.repeat(31) },
  { id: '01HXYZ-1' },
  { id: '' },
  { codMittente: '5809' },
  { codMittente: '0580911' },
  { operazioneRichiesta: '300' },
  { tipoOperazione: 'CC' },
  { tipoInvio: '' },
  { dataOraRichiesta: '2026-01-20T10:15:30' },
  { dataOraRichiesta: '2026-01-20T10:15:30.1Z' },
  { dataOraRichiesta: '2026-01-20 10:15:30' },
  { dataOraRichiesta: '2026-01-20T24:00:00' },
  { dataOraRichiesta: '2026-01-20T25:00:00' },
  { dataOraRichiesta: '2026-13-20T10:00:00' },
  { dataOraRichiesta: '2026-01-20T10:15:30+14:00' },
  { dataOraRichiesta: '2026-01-20T10:15:30+15:00' },
  { protocollo: '<protocolloComune>GW-2026/1_a</protocolloComune><dataProtocolloComune>2026-01-20</dataProtocolloComune>' },
  { protocollo: '<protocolloComune>con spazio</protocolloComune>' },
  { protocollo: '<dataProtocolloComune>2026-01-20</dataProtocolloComune><protocolloComune>1</protocolloComune>' },
  { applicativo: '<dataDecorrenza>2026-01-20</dataDecorrenza><dataDefinizionePratica>2026-01-20Z</dataDefinizionePratica>' },
  { applicativo: '<nomeApplicativo>Gateway 1.0</nomeApplicativo><versioneApplicativo>1.0-b</versioneApplicativo><fornitoreApplicativo>Un-Ente</fornitoreApplicativo>' },
  { applicativo: '<nomeApplicativo>Ge-Res</nomeApplicativo>' },
  { applicativo: '<altro>1</altro>' },
  { criteri: '' },
  { criteri: byCode('A'.repeat(10)) },
  { criteri: byCode('A'.repeat(17)) },
  { criteri: byCode('SNTPRV85C55H501!') },
  { criteri: '<cognome>D’ESEMPIO</cognome>' },
  { criteri: "<cognome>D'ESEMPIÒ-SAGGÌNI</cognome>" },
  { criteri: '<cognome>SINTETICI3</cognome>' },
  { criteri: '<cognome>ȘINTETICI</cognome>' },
  { criteri: '<cognome></cognome>' },
  { criteri: `<cognome>${'A'.repeat(80)}</cognome>` },
  { criteri: `<cognome>${'A'.repeat(81)}</cognome>` },
  { criteri: '<senzaCognome>1</senzaCognome><senzaNome>1</senzaNome>' },
  { criteri: '<senzaCognome>2</senzaCognome>' },
  { criteri: '<sesso>f</sesso><soggettoAIRE>s</soggettoAIRE>' },
  { criteri: '<sesso>X</sesso>' },
  { criteri: '<nome>PROVA</nome><cognome>SINTETICI</cognome>' },
  { criteri: '<nome>PROVA</nome><nome>PROVA</nome>' },
  { criteri: '<idSchedaSoggettoComune><idSchedaSoggettoComuneIstat>058091</idSchedaSoggettoComuneIstat><idSchedaSoggetto>S-1</idSchedaSoggetto></idSchedaSoggettoComune><idSchedaSoggettoANPR>12</idSchedaSoggettoANPR>' },
  { criteri: '<idSchedaSoggettoComune><idSchedaSoggetto>S-1</idSchedaSoggetto></idSchedaSoggettoComune>' },
  { criteri: '<tipoScheda>1</tipoScheda><identificativoANPR>90000042</identificativoANPR>' },
  { criteri: '<tipoScheda>12</tipoScheda>' },
  { criteri: '<cartaIdentita3000><numero>AB 123</numero></cartaIdentita3000>' },
  { criteri: `<cartaIdentita3000><comuneRilascio>${comune}</comuneRilascio><numero>AB</numero></cartaIdentita3000>` },
  { criteri: '<permessoDiSoggiorno3000><numeroPassaporto>AB1</numeroPassaporto></permessoDiSoggiorno3000>' },
  { criteri: '<permessoDiSoggiorno3000><datiSoggiorno30XX><numeroSoggiorno>1/2</numeroSoggiorno></datiSoggiorno30XX></permessoDiSoggiorno3000>' },
  { criteri: '<permessoDiSoggiorno3000></permessoDiSoggiorno3000>' },
  { criteri: '<permessoDiSoggiorno3000><numeroPassaporto>A</numeroPassaporto><datiSoggiorno30XX/></permessoDiSoggiorno3000>' },
  { criteri: '<idANPR>ZZ00001X6</idANPR>' },
  { criteri: '<idANPR></idANPR>' },
  { criteri: `testo${byCode(RESIDENT)}` },
  { criteri: `<!-- nota -->\n ${byCode(RESIDENT)}` },
  { criteri: `<codiceFiscale tipo="x">${RESIDENT}</codiceFiscale>` },
  { criteri: `<ns:codiceFiscale>${RESIDENT}</ns:codiceFiscale>` },
  { criteri: `<codiceFiscale><![CDATA[${RESIDENT}]]></codiceFiscale>` },
  { criteri: '<codiceFiscale><a/></codiceFiscale>' },
  { nascita: born(`<dataEvento>1985-03-15</dataEvento>${place}`) },
  { nascita: born(`<dataEvento> 1985-03-15+01:00 </dataEvento><senzaGiorno>1</senzaGiorno>`) },
  { nascita: born('<dataEvento>2024-02-29</dataEvento>') },
  { nascita: born('<dataEvento>2023-02-29</dataEvento>') },
  { nascita: born('<dataEvento>15/03/1985</dataEvento>') },
  { nascita: born(place) },
  { nascita: born(`<dataEvento>1985-03-15</dataEvento><luogoNascita><luogoEccezionale>N</luogoEccezionale></luogoNascita>`) },
  { nascita: born(`<dataEvento>1985-03-15</dataEvento><luogoNascita><comune>${comune}</comune><localita/></luogoNascita>`) },
  { nascita: born('<dataEvento>1985-03-15</dataEvento><luogoNascita><localita><descrizioneStato>ALBANIA</descrizioneStato><codiceStato>201</codiceStato></localita></luogoNascita>') },
  { nascita: born('<dataEvento>1985-03-15</dataEvento><luogoNascita><localita><descrizioneStato>ALBANIA</descrizioneStato><codiceStato>20</codiceStato></localita></luogoNascita>') },
  { nascita: `<residenzaIscrizioneAIRE><comune>${comune}</comune><codiceConsolato>1234567</codiceConsolato></residenzaIscrizioneAIRE>` },
  { scheda: 'A' },
  { scheda: '' },
  { dataRiferimento: '2026-1-20' },
  { dataRiferimento: '2026-01-20Z' },
  { sezioni: [] },
  { sezioni: ['100'] },
  { sezioni: ['x'] },
  { ambito: '' },
  { ambito: '<ricercaNazionale>10</ricercaNazionale>' },
  { ambito: `<ricercaNazionale>0</ricercaNazionale><comuneResidenza>${comune}</comuneResidenza><parametriANPR>x</parametriANPR><parametriANPR></parametriANPR>` },
  { ambito: '<ricercaNazionale>0</ricercaNazionale><comuneResidenza><nomeComune>ROMA</nomeComune></comuneResidenza>' },
  { ambito: '<comuneResidenza><nomeComune>A+B</nomeComune><siglaProvinciaIstat>RM</siglaProvinciaIstat></comuneResidenza>' },
  { ambito: '<ricercaNazionale>1</ricercaNazionale><datiAnagraficiRichiesti>2</datiAnagraficiRichiesti>' },
];

suite(`the schemas of ANPR${absent === undefined ? '' : `: ${absent}`}`, () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await startSimulator({ port: 0, people: 300 });
    // The schema is that of the document, whatever the package it comes in.
    await control(simulator.url, 'PUT', 'risposte', { mtom: 'mai' });
  });
  afterAll(() => simulator.close());

  it('accept and refuse the same requests as the simulator', async () => {
    const requests = VARIED.map((parts) => request3002({ criteri: byCode(RESIDENT), ...parts }));
    const { valid, said } = await validate('3000consultazione.xsd', requests);
    expect(valid.filter(Boolean).length).toBeGreaterThan(25);
    for (const [index, request] of requests.entries()) {
      const { codes } = await send(simulator.url, request);
      expect(codes.includes('EN489'), `${JSON.stringify(VARIED[index])}\n${said.split('\n').filter((line) => line.includes(`/${String(index)}.xml`)).join('\n')}`).toBe(!valid[index]);
    }
  });

  it('are what payloads are checked by with --xsd, signed or not, and no value of them is told', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-xsd-'));
    const server = authority(folder).issue({ postazione: '058091-CO-9999', stato: 'valido' }, Date.now());
    const strict = await startSimulator({ port: 0, people: 10, xsd: FOLDER, folder });
    for (const parts of VARIED) {
      const request = request3002({ criteri: byCode(RESIDENT), ...parts });
      const [own, official] = [await send(simulator.url, request), await send(strict.url, request)];
      expect(official.codes.includes('EN489'), JSON.stringify(parts)).toBe(own.codes.includes('EN489'));
    }
    const decoy = enveloped(request3002({ criteri: byCode(RESIDENT), scheda: 'A' })).replace('<soapenv:Header>', `<altro:Body xmlns:altro="urn:altro">${request3002()}</altro:Body><soapenv:Header>`);
    expect((await post(strict.url, decoy)).codes).toEqual(['EN489']);
    const wrong = await send(strict.url, request3002({ criteri: byCode('SNTPRV85C55H501!') }));
    expect(wrong.all('testoErroreAnomalia')[1]).toBe('La richiesta non risulta valida secondo i nuovi XSD (criteriRicerca/codiceFiscale: facet pattern)');
    expect(wrong.text).not.toContain('SNTPRV');
    const signed = (payload: string) => post(strict.url, signedMessage({ server, now: Date.now(), payload }));
    expect((await signed(request3002({ criteri: byCode(RESIDENT) }))).first('codFiscale')).toBe(RESIDENT);
    expect((await signed(request3002({ criteri: byCode(RESIDENT), scheda: 'A' }))).codes).toEqual(['EN489']);
    expect((await send(strict.url, connectionRequest({ tipoOperazione: 'CC' }), 'TestConn')).first('esitoOperazione')).toBe('XXXX');
    expect((await send(strict.url, request7001('7003', '<tipoVersioni>x</tipoVersioni>'), '7001')).codes).toEqual(['EN489']);
    await strict.close();
    await rm(folder, { recursive: true });
  });

  it('accept every answer about every case, complete and in parts, and every refusal', async () => {
    const silent = new Set(['nessuna-risposta', 'fault', 'http-500', 'corpo-illeggibile', 'elemento-ignoto', 'lista-errori-vuota']);
    const list = (await (await fetch(`${simulator.url}/controllo/persone?limite=150`)).json()) as { codiceFiscale: string }[];
    const broken = new Set(CASES.filter(({ comportamento }) => comportamento && silent.has(comportamento)).map(({ codiceFiscale }) => codiceFiscale));
    const people = list.map(({ codiceFiscale }) => codiceFiscale).filter((code) => !broken.has(code));
    const requests = [
      ...people.map((code) => request3002({ criteri: byCode(code), sezioni: [1], protocollo: '<protocolloComune>P/1</protocolloComune><dataProtocolloComune>2026-01-20</dataProtocolloComune>' })),
      ...people.slice(0, 40).map((code) => request3002({ criteri: byCode(code) })),
      request3002({ criteri: '<cognome>GEMELLINI</cognome><nome>UGUALE</nome><sesso>M</sesso>', nascita: born(`<dataEvento>1980-02-29</dataEvento>${place}`) }),
      request3002({ criteri: byCode(RESIDENT, '<nome>PROVETTA</nome>') }),
      request3002({ criteri: byCode('SNTPRV85C55H501A') }),
      request3002({ codDestinatario: 'ANPR04' }),
      request3002({ operazioneRichiesta: '&lt;&amp;&gt;x' }),
      ...['1</tipoScheda><identificativoANPR>99000022', '2</tipoScheda><identificativoANPR>99000042', '2</tipoScheda><identificativoANPR>99000001', '3</tipoScheda><identificativoANPR>1', '1'].map((end) => request3002({ criteri: `<tipoScheda>${end}</${end.includes('ANPR') ? 'identificativoANPR' : 'tipoScheda'}>`, scheda: end.startsWith('2') ? '3' : '2', sezioni: [] })),
      ...VARIED.map((parts) => request3002({ criteri: byCode(RESIDENT), ...parts })),
      request3002({ operazioneRichiesta: '3006' }).replaceAll('Richiesta3002', 'Richiesta3008'),
    ];
    const answers: string[] = [];
    for (const request of requests) answers.push(payloadOf(await send(simulator.url, request)));
    const { valid, said } = await validate('3000consultazione.xsd', answers);
    expect(said.split('\n').filter((line) => line.includes('error'))).toEqual([]);
    expect(valid).toHaveLength(requests.length);
    expect(valid.every(Boolean)).toBe(true);
  });

  it('accept the connectivity test, request and answers', async () => {
    const requests = [connectionRequest(), connectionRequest({ tipoInvio: 'PROD' })];
    const answers = [];
    for (const request of requests) answers.push(payloadOf(await send(simulator.url, request, 'TestConn')));
    expect((await validate('connessione.xsd', [...requests, ...answers])).valid).toEqual([true, true, true, true]);
  });
});
