import { describe, expect, it } from 'vitest';
import { describeWithSchemas, invalid } from '../../testing/anpr-schema.js';
import { fault, OPERATION } from '../../testing/soap-answers.js';
import { answered, refused, tableFile, tableIn, versions } from '../../testing/soap-services.js';
import type { Mittente } from './header.js';
import { buildRichiesta7001, buildRichiesta7003, buildTestConn, parseRisposta7001, parseRisposta7003 } from './services.js';
import { NotSendable } from './text.js';
import { RispostaIllegibile } from './tree.js';

const mittente: Mittente = { idOperazione: OPERATION, comuneIstat: '999001', dataOra: '2026-01-20T10:15:30.120+01:00', tipoInvio: 'TEST', applicativo: { nome: 'GeRes', versione: '0.1.0', fornitore: 'GeRes' } };
const HEADER =
  '<testataRichiesta><idOperazioneComune>01JGATEWAY0EXAMP0000000001</idOperazioneComune><codMittente>999001</codMittente><codDestinatario>ANPR05</codDestinatario><operazioneRichiesta>OP</operazioneRichiesta>' +
  '<dataOraRichiesta>2026-01-20T10:15:30.120+01:00</dataOraRichiesta><tipoOperazione>C</tipoOperazione><tipoInvio>TEST</tipoInvio><nomeApplicativo>GeRes</nomeApplicativo><versioneApplicativo>0.1.0</versioneApplicativo>' +
  '<fornitoreApplicativo>GeRes</fornitoreApplicativo></testataRichiesta>';

describe('a question that is about nobody', () => {
  it.each([
    ['whether ANPR is there', buildTestConn(mittente), 'RichiestaConnessione', 'connessione', 'OP01', ''],
    ['which versions it supports', buildRichiesta7003(mittente), 'Richiesta7003', '7001scaricoTabelle', '7003', '<datiRichiesta><tipoVersioni>2</tipoVersioni></datiRichiesta>'],
    ['for a code table', buildRichiesta7001(mittente, '25'), 'Richiesta7001', '7001scaricoTabelle', '7001', '<datiRichiesta><idTabella>025</idTabella></datiRichiesta>'],
  ])('is, %s, the published shape to the letter', (_, built, name, namespace, operation, data) => {
    expect(built).toBe(`<ns:${name} xmlns:ns="http://sogei.it/ANPR/${namespace}">${HEADER.replace('>OP<', `>${operation}<`)}${data}</ns:${name}>`);
  });

  it.each(['', '1234', 'abc', '1a'])('is not made for a table that is none: “%s”', (table) => {
    expect(() => buildRichiesta7001(mittente, table)).toThrow(expect.objectContaining({ name: NotSendable.name, field: 'idTabella' }));
  });
});

const VERSIONS = answered('7003', versions(['ANPR05', '9.2.7', '2023-04-18'], ['ANPR04', '7.9.1', '2022-01-01', '2026-06-30+02:00']));
const FILE = tableFile({ 1: 'Residenza' });
const inBase64 = (text: string): string => Buffer.from(text).toString('base64');
const TABLE = answered('7001', tableIn('025', FILE));
const INCLUDED = answered('7001', '<datiDettaglioRisposta><idTabella>025</idTabella><xmlFile><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:uno%40anpr"/></xmlFile></datiDettaglioRisposta>');

describe('the versions that ANPR supports', () => {
  it('are told with the days of their support', () => {
    expect(parseRisposta7003(VERSIONS)).toEqual({
      kind: 'ok',
      testata: { idOperazioneComune: OPERATION, idOperazioneANPR: '99000000001' },
      corrente: { codDestinatario: 'ANPR05', versione: '9.2.7', dal: '2023-04-18', fino: undefined },
      supportate: [{ codDestinatario: 'ANPR04', versione: '7.9.1', dal: '2022-01-01', fino: '2026-06-30' }],
    });
  });

  it('may be refused', () => {
    expect(parseRisposta7003(refused('7003'))).toMatchObject({ kind: 'ko', errori: [{ codice: 'EN148' }] });
    expect(parseRisposta7003(fault('Rejected by policy. (from client)'))).toMatchObject({ kind: 'fault' });
  });

  it.each([
    ['no version', answered('7003', '<statoVersioni/>'), 'no version'],
    ['a version without its code', answered('7003', '<statoVersioni><versioneCorrente><VersioneCompleta>9</VersioneCompleta></versioneCorrente></statoVersioni>'), 'version without code'],
    ['the answer of another service', TABLE, 'not a Risposta7003'],
  ])('cannot be read from %s', (_, xml, reason) => {
    expect(() => parseRisposta7003(xml)).toThrow(expect.objectContaining({ name: RispostaIllegibile.name, reason }));
  });
});

describe('a code table', () => {
  it('comes as a file in Base64, on one line or many', () => {
    const many = TABLE.replace(inBase64(FILE), inBase64(FILE).replace(/.{20}/g, '$&\n'));
    for (const xml of [TABLE, many]) {
      const risposta = parseRisposta7001(xml, new Map());
      expect(risposta).toMatchObject({ kind: 'ok', table: '025' });
      expect(risposta.kind === 'ok' && risposta.files.map((file) => Buffer.from(file).toString())).toEqual([FILE]);
    }
  });

  it('may come beside the message', () => {
    const bytes = Buffer.from(FILE);
    expect(parseRisposta7001(INCLUDED, new Map([['uno@anpr', bytes]]))).toMatchObject({ files: [bytes] });
  });

  it('that does not exist is refused', () => {
    expect(parseRisposta7001(refused('7001'), new Map())).toMatchObject({ kind: 'ko', errori: [{ codice: 'EN148' }] });
  });

  it.each([
    ['that is not beside the message', INCLUDED, 'binary missing'],
    ['that is no Base64', TABLE.replace(inBase64(FILE), 'è'), 'not Base64'],
    ['named by what is no address', INCLUDED.replace('uno%40anpr', '%E0%A4%A'), 'binary missing'],
    ['of no table', answered('7001', ''), 'no table'],
  ])('cannot be read from a file %s', (_, xml, reason) => {
    expect(() => parseRisposta7001(xml, new Map())).toThrow(expect.objectContaining({ name: RispostaIllegibile.name, reason }));
  });
});

describeWithSchemas('the schemas of ANPR accept', () => {
  const payload = (xml: string): string => /<ns:(\w+) xmlns.*<\/ns:\1>/s.exec(xml)![0];

  it('the question whether ANPR is there', async () => {
    expect(await invalid('connessione.xsd', [buildTestConn(mittente), buildTestConn({ ...mittente, tipoInvio: 'PROD', dataOra: '2026-07-20T10:15:30Z' })])).toEqual([]);
  });

  it('the questions about versions and tables, and the answers that this spec is made of', async () => {
    const answers = [VERSIONS, TABLE, refused('7001'), refused('7003')].map(payload);
    expect(await invalid('7001scaricoTabelle.xsd', [buildRichiesta7001(mittente, '1'), buildRichiesta7001(mittente, '025'), buildRichiesta7003(mittente), ...answers])).toEqual([]);
  });

  it('and would not accept a table of two digits', async () => {
    expect(await invalid('7001scaricoTabelle.xsd', [buildRichiesta7001(mittente, '25').replace('025', '25')])).toHaveLength(1);
  });
});
