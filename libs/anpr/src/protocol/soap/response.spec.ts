import { describe, expect, it } from 'vitest';
import { answer, card, enveloped, errore, fault, header, OPERATION, refusal } from '../../testing/soap-answers.js';
import { connection } from '../../testing/soap-services.js';
import { describeWithSchemas, invalid } from '../../testing/anpr-schema.js';
import { parseRisposta3002, parseRispostaConnessione } from './response.js';
import { RispostaIllegibile, treeOf } from './tree.js';

const open = '<ns:Risposta3002 xmlns:ns="http://sogei.it/ANPR/3000consultazione">';
const ok = (inside: string): string => enveloped(`${open}<ns:Risposta3002_OK>${header()}${inside}</ns:Risposta3002_OK></ns:Risposta3002>`);

describe('an answer of service 3002', () => {
  it('that is positive has cards and warnings', () => {
    const risposta = parseRisposta3002(answer([card(), card()], { warnings: errore('EN214', 'avviso', 'W') }));
    expect(risposta).toMatchObject({ kind: 'ok', testata: { idOperazioneComune: OPERATION, idOperazioneANPR: '99000000001' }, anomalie: [{ codice: 'EN214', tipo: 'W', testo: 'avviso' }] });
    expect(risposta.kind === 'ok' && risposta.soggetti.map(({ name }) => name)).toEqual(['datiSoggetto', 'datiSoggetto']);
  });

  it('may be positive and have nobody', () => {
    expect(parseRisposta3002(ok(''))).toMatchObject({ kind: 'ok', soggetti: [], anomalie: [] });
    expect(parseRisposta3002(ok('<listaSoggetti/>'))).toMatchObject({ kind: 'ok', soggetti: [] });
  });

  it('that is negative has all its errors, in their order', () => {
    expect(parseRisposta3002(refusal(errore('EN527') + errore('EN122', 'nessuno')))).toMatchObject({ kind: 'ko', errori: [{ codice: 'EN527' }, { codice: 'EN122', testo: 'nessuno' }] });
  });

  it('may be negative and say nothing', () => {
    expect(parseRisposta3002(refusal(''))).toMatchObject({ kind: 'ko', errori: [] });
  });

  it('does not keep what an error quotes of the question', () => {
    const quoted = `<errore><codiceErroreAnomalia>EN070</codiceErroreAnomalia><tipoErroreAnomalia>E</tipoErroreAnomalia><testoErroreAnomalia>t</testoErroreAnomalia><campoErroreAnomalia>codiceFiscale</campoErroreAnomalia><valoreErroreAnomalia>SNTPRV85C55H501U</valoreErroreAnomalia></errore>`;
    expect(JSON.stringify(parseRisposta3002(refusal(quoted)))).not.toContain('SNTPRV');
  });

  it.each(['SNTPRV85C55H501U', 'EN-122', 'troppo lungo', ''])('has codes, or none where ANPR wrote something else: %s', (codice) => {
    expect(parseRisposta3002(refusal(errore(codice)))).toMatchObject({ errori: [{ codice: '' }] });
  });

  it.each([
    ['2147483648000', '2147483648000'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
    ['0', '0'],
    ['1234567890123456789012345678901', undefined],
    ['SNTPRV85C55H501U', undefined],
  ])('has an operation number that is text: %s', (written, read) => {
    expect(parseRisposta3002(enveloped(`${open}<ns:rispostaKO>${header(OPERATION, written)}<listaErrori/></ns:rispostaKO></ns:Risposta3002>`))).toMatchObject({ testata: { idOperazioneANPR: read } });
  });

  it('may be a fault of the gateway before ANPR', () => {
    expect(parseRisposta3002(fault('Rejected by policy. (from client)'))).toEqual({ kind: 'fault', faultcode: 'env:Client', faultstring: 'Rejected by policy. (from client)' });
  });

  it('is read whatever header stands before its body and whatever was added to it', () => {
    const xml = answer([card({ sezioni: '<sezioneNuova><x>1</x></sezioneNuova>' })]).replace('<env:Body>', '<env:Header><x:y xmlns:x="urn:x">1</x:y></env:Header><env:Body>').replace('<esitoOperazione>', '<campoNuovo>1</campoNuovo><esitoOperazione>');
    expect(parseRisposta3002(xml)).toMatchObject({ kind: 'ok', soggetti: [{ name: 'datiSoggetto' }] });
  });

  it.each([
    ['another document', '<html/>', 'no SOAP body'],
    ['an envelope without body', '<env:Envelope xmlns:env="urn:e"/>', 'no SOAP body'],
    ['an empty body', enveloped(''), 'no SOAP body'],
    ['the answer of another service', enveloped('<ns:Risposta3008 xmlns:ns="urn:n"/>'), 'not a Risposta3002'],
    ['neither a yes nor a no', enveloped(`${open}</ns:Risposta3002>`), 'neither OK nor KO'],
    ['a yes and a no', enveloped(`${open}<ns:Risposta3002_OK>${header()}</ns:Risposta3002_OK><ns:rispostaKO>${header()}<listaErrori/></ns:rispostaKO></ns:Risposta3002>`), 'both OK and KO'],
    ['no header', enveloped(`${open}<ns:Risposta3002_OK/></ns:Risposta3002>`), 'no testataRisposta'],
  ])('cannot be read when it is %s', (_, xml, reason) => {
    expect(() => parseRisposta3002(xml)).toThrow(expect.objectContaining({ name: RispostaIllegibile.name, reason }));
  });
});

describe('the answer whether ANPR is there', () => {
  it('has a header and nothing else', () => {
    expect(parseRispostaConnessione(connection(header()))).toEqual({ kind: 'ok', testata: { idOperazioneComune: OPERATION, idOperazioneANPR: '99000000001' } });
  });

  it('may be a fault, or a refusal', () => {
    expect(parseRispostaConnessione(fault('Internal error (from server)'))).toMatchObject({ kind: 'fault' });
    expect(parseRispostaConnessione(connection(`<rispostaKO>${header()}<listaErrori>${errore('EN379')}</listaErrori></rispostaKO>`))).toMatchObject({ kind: 'ko', errori: [{ codice: 'EN379' }] });
  });

  it.each([
    ['of another service', refusal(errore('EN122')), 'not a RispostaConnessione'],
    ['without its header', connection(''), 'no testataRisposta'],
  ])('cannot be read %s', (_, xml, reason) => {
    expect(() => parseRispostaConnessione(xml)).toThrow(expect.objectContaining({ name: RispostaIllegibile.name, reason }));
  });
});

describeWithSchemas('the schemas of ANPR accept', () => {
  it('the answers that these specs are made of', async () => {
    const payloads = [answer([card({ idANPR: 'ZZ00001X6', validitaCF: '1' }), card({ cognome: undefined, nome: undefined, aire: true })], { warnings: errore('EN214', 'avviso', 'W') }), refusal(errore('EN527') + errore('EN122'))].map(
      (xml) => /<ns:Risposta3002.*<\/ns:Risposta3002>/.exec(xml)![0],
    );
    expect(await invalid('3000consultazione.xsd', payloads)).toEqual([]);
    expect(treeOf(payloads[0]!).name).toBe('Risposta3002');
  });
});
