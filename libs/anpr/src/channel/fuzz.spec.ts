import { Persona } from '@geres/contracts';
import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Normalised } from '../protocol/outcomes.js';
import { CASI_USO, normaliseE002, parseRispostaE002 } from '../protocol/pdnd/index.js';
import { normalise, parseRisposta3002, parseRisposta7001, parseRisposta7003, parseRispostaConnessione, RispostaIllegibile } from '../protocol/soap/index.js';
import { treeOf, type Node } from '../protocol/soap/tree.js';
import { tableIn } from '../tables/downloaded.js';
import { fuzzing, fuzzingMs, mutated, mutations } from '../testing/mutations.js';
import * as pdnd from '../testing/pdnd-answers.js';
import { answer, cancelled, card, CODICE_FISCALE, died, errore, fault, header, OPERATION, OWN, refusal, residence } from '../testing/soap-answers.js';
import { answered, connection, refused, tableFile, tableIn as tableXml, versions } from '../testing/soap-services.js';
import { soapIn } from './soap-body.js';

/** What reading comes to; anything but the one error that is documented escapes. */
function orUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RispostaIllegibile) return undefined;
    throw error;
  }
}

const RUNS = 1500;
const SECTIONS = ['2', '3', '6', '10', '21', '27', '28'];
const more =
  '<statoCivile><statoCivile>2</statoCivile></statoCivile><cittadinanza><descrizioneStato>ITALIA</descrizioneStato><codiceStato>100</codiceStato></cittadinanza>' +
  '<legameSoggetto><dataDecorrenza>2019-06-01</dataDecorrenza><codiceLegame>1</codiceLegame></legameSoggetto>';
const mtom = (xml: string, binary: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`--b\r\nContent-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <root>\r\n\r\n${xml}\r\n--b\r\nContent-ID: <uno@anpr>\r\n\r\n`), binary, Buffer.from('\r\n--b--\r\n')]);
const MTOM = 'multipart/related; boundary=b; start="<root>"; type="application/xop+xml"';
const INCLUDED = '<datiDettaglioRisposta><idTabella>025</idTabella><xmlFile><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:uno@anpr"/></xmlFile></datiDettaglioRisposta>';

const SOAP: readonly Buffer[] = [
  ...[
    answer([card({ idANPR: 'ZZ00001X6', validitaCF: '1', sezioni: more + residence() + residence({ tipo: '10' }) })], { warnings: errore('EC056', 'avviso', 'W') }),
    answer([card({ sezioni: cancelled('3', '2021-09-01') }), card({ sezioni: residence({ istat: '999002' }) + died('2023-02-11') })]),
    refusal(errore('EN527') + errore('EN122')),
    fault('Rejected by policy. (from client)'),
    connection(header()),
    answered('7003', versions(['ANPR05', '9.2.7', '2023-04-18'], ['ANPR04', '7.9.1', '2022-01-01', '2026-06-30'])),
    answered('7001', tableXml('025', tableFile({ 1: 'Residenza', 2: 'Dimora abituale' }))),
    refused('7001'),
  ].map((xml) => Buffer.from(xml)),
  mtom(answer([card({ sezioni: residence() })]), Buffer.from([0, 255, 13, 10, 45, 45, 99])),
  mtom(answered('7001', INCLUDED), gzipSync(tableFile({ 1: 'Residenza' }))),
];
const JSONS: readonly Buffer[] = [
  pdnd.ok([pdnd.soggetto({ residenza: [pdnd.residenza(), pdnd.residenza('058091', { tipoIndirizzo: '2' })], ...pdnd.alive('S') })], { listaAnomalie: [pdnd.CODE_WARNING] }),
  pdnd.ok([pdnd.soggetto({ legameSoggetto: { tipoLegame: '3', codiceLegame: '1' }, cittadinanza: [{ codiceStato: '100' }], datiDecesso: { dataEvento: '2020-01-01', senzaGiorno: '1' } })]),
  pdnd.ok([{ infoSoggettoEnte: [pdnd.info('1002', "Verifica generalita'", 'S')] }]),
  pdnd.ko(pdnd.errore('EN122', 'Soggetto cancellato da ANPR')),
  pdnd.frontEnd(429, 'LimitExceeded'),
].map((body) => Buffer.from(JSON.stringify(body)));

/** What is told keeps its shape, whatever arrived; a person told is the one asked about. */
function sound(normalised: Normalised, asked: (person: Persona) => boolean): void {
  expect(normalised.anprOperationId ?? '0').toMatch(/^[0-9A-Za-z-]{1,40}$/);
  if (normalised.kind === 'failed') {
    expect(normalised.detail).toMatch(/^[0-9A-Za-z-]{1,60}$/);
    return;
  }
  for (const person of normalised.soggetti) {
    Persona.parse(person);
    expect(asked(person)).toBe(true);
  }
}

/** Every reader of an answer over SOAP, on the same bytes. */
function readSoap(type: string, bytes: Buffer): number {
  const body = orUnreadable(() => soapIn(type, bytes));
  if (!body) return 0;
  const { xml, binaries } = body;
  const tree = orUnreadable(() => treeOf(xml));
  if (tree) bounded(tree);
  const risposta = orUnreadable(() => parseRisposta3002(xml));
  if (risposta) {
    const normalised = normalise(risposta, { idOperazione: OPERATION, comuneIstat: OWN, criteri: { codiceFiscale: CODICE_FISCALE }, territorio: 'nazionale', sections: SECTIONS, catastaleOf: () => undefined });
    // Another card of hers may carry the code that was asked by, and then it is said.
    const changed = xml.includes(CODICE_FISCALE) && normalised.kind === 'answered' && normalised.avvertenze.some(({ codice }) => codice === 'codice-fiscale-cambiato');
    sound(normalised, ({ codiceFiscale }) => codiceFiscale === CODICE_FISCALE || changed);
  }
  orUnreadable(() => parseRispostaConnessione(xml));
  orUnreadable(() => parseRisposta7003(xml));
  const table = orUnreadable(() => parseRisposta7001(xml, binaries));
  if (table?.kind === 'ok') orUnreadable(() => tableIn(table.files));
  return tree ? 1 : 0;
}

function bounded(node: Node, depth = 1): number {
  expect(depth).toBeLessThanOrEqual(40);
  return node.children.reduce((sum, child) => sum + bounded(child, depth + 1), 1);
}

describe('whatever ANPR sends over ws', () => {
  const types = fc.constantFrom('text/xml; charset=UTF-8', 'text/xml', 'application/xml; charset=ISO-8859-1', MTOM, 'multipart/mixed; boundary="b"');

  it('is read or cannot be read, and what is told is sound', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.nat(SOAP.length - 1), mutations, types, (which, by, type) => {
        read += readSoap(which >= SOAP.length - 2 ? MTOM : type, mutated(SOAP[which]!, by, SOAP));
      }),
      fuzzing(RUNS),
    );
    // A run in which nothing can be read tries the first check alone.
    expect(read).toBeGreaterThan(300);
  }, fuzzingMs(RUNS));

  it('is read as it is, unspoilt', () => {
    expect(SOAP.map((bytes, index) => readSoap(index >= SOAP.length - 2 ? MTOM : 'text/xml', bytes))).toEqual(SOAP.map(() => 1));
  });

  const wrapped = (inside: string): string => answer([card({ sezioni: inside })]);
  it.each<[string, string | (() => string), string]>([
    ['a depth of ten thousand', () => wrapped(`${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`), 'too deep'],
    ['hundreds of thousands of attributes', () => wrapped(`<a ${Array.from({ length: 300_000 }, (_, i) => `a${String(i)}=""`).join(' ')}/>`), 'too many attributes'],
    ['attributes on every element', () => wrapped(`<a b="1" c="2" d="3"/>`.repeat(10_000)), 'too many attributes'],
    ['hundreds of thousands of elements', () => wrapped('<a/>'.repeat(250_000)), 'too many elements'],
    ['more than eight million characters', () => wrapped('a'.repeat(8 * 1024 * 1024)), 'too large'],
    ['entities in entities', `<!DOCTYPE a [<!ENTITY a "x"><!ENTITY b "&a;&a;&a;&a;">]>${wrapped('&b;')}`, 'document type declaration'],
    ['an entity from a file', `<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/hostname">]>${wrapped('&a;')}`, 'document type declaration'],
    ['a document type from elsewhere', `<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">${wrapped('')}`, 'document type declaration'],
  ])('with %s is not read', (_, xml, reason) => {
    expect(() => parseRisposta3002(typeof xml === 'string' ? xml : xml())).toThrow(expect.objectContaining({ name: RispostaIllegibile.name, reason }));
  });

  it.each<[string, () => string]>([
    ['one attribute of six million characters', () => wrapped(`<a b="${'x'.repeat(6_000_000)}"/>`)],
    ['hundreds of thousands of character references', () => wrapped(`<a>${'&#65;'.repeat(300_000)}</a>`)],
    ['a comment of four million characters', () => wrapped(`<!--${'a - '.repeat(1_000_000)}-->`)],
    ['a name of a million characters', () => wrapped(`<${'a'.repeat(1_000_000)}/>`)],
    ['hundreds of thousands of errors', () => refusal(errore('EN122').repeat(30_000))],
  ])('with %s is read all the same', (_, xml) => {
    expect(parseRisposta3002(xml()).kind).toMatch(/^(?:ok|ko)$/);
  });

  it('with a file of spaces and one sign is refused at once: nothing looks back over it', () => {
    const xml = answered('7001', `<datiDettaglioRisposta><idTabella>025</idTabella><xmlFile>${' '.repeat(2_000_000)}!</xmlFile></datiDettaglioRisposta>`);
    expect(() => parseRisposta7001(xml, new Map())).toThrow(expect.objectContaining({ reason: 'not Base64' }));
  });

  it('with a table that grows a thousandfold is not unpacked', () => {
    const bomb = gzipSync(Buffer.alloc(16 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(100_000);
    expect(() => tableIn([bomb])).toThrow(expect.objectContaining({ name: RispostaIllegibile.name }));
  });
});

describe('whatever PDND’s e-services send', () => {
  const status = fc.constantFrom(200, 200, 200, 200, 302, 400, 401, 403, 404, 409, 429, 500, 502, 504);
  const reading = (casoUso: (typeof CASI_USO)[number]) => ({ casoUso, criteri: { idANPR: pdnd.ID_ANPR }, codiceFiscale: pdnd.CODICE_FISCALE, territorio: 'nazionale', sections: SECTIONS, catastaleOf: () => undefined, isOwn: () => false }) as const;

  it('is read or cannot be read, and what is told is sound', () => {
    let read = 0;
    fc.assert(
      fc.property(fc.nat(JSONS.length - 1), mutations, status, fc.constantFrom(...CASI_USO), (which, by, code, casoUso) => {
        const bytes = mutated(JSONS[which]!, by, JSONS);
        // A refusal that cannot be read is told by its status.
        const risposta = code === 200 ? orUnreadable(() => parseRispostaE002(code, bytes)) : parseRispostaE002(code, bytes);
        if (!risposta) return;
        read += 1;
        // Of a family everybody is told.
        sound(normaliseE002(risposta, reading(casoUso)), ({ idANPR, codiceFiscale }) => casoUso === 'C021' || (idANPR ?? pdnd.ID_ANPR) === pdnd.ID_ANPR || codiceFiscale === pdnd.CODICE_FISCALE);
      }),
      fuzzing(RUNS),
    );
    expect(read).toBeGreaterThan(300);
  }, fuzzingMs(RUNS));

  const whole = (body: object): Buffer => Buffer.from(JSON.stringify(body));
  it.each<[string, () => Buffer]>([
    ['a depth of a hundred thousand', () => Buffer.from(`${'{"listaSoggetti":'.repeat(100_000)}1${'}'.repeat(100_000)}`)],
    ['arrays in arrays', () => Buffer.from(`{"listaSoggetti":${'['.repeat(50_000)}${']'.repeat(50_000)}}`)],
    ['hundreds of thousands of members', () => whole({ idOperazioneANPR: '1', listaSoggetti: Object.fromEntries(Array.from({ length: 250_000 }, (_, i) => [`a${String(i)}`, ''])) })],
    ['hundreds of thousands of people', () => whole({ idOperazioneANPR: '1', listaSoggetti: { datiSoggetto: Array.from({ length: 250_000 }, () => ({})) } })],
    ['a list', () => Buffer.from('[]')],
    ['no object', () => Buffer.from('1')],
    ['another charset', () => Buffer.from('{"idOperazioneANPR":"é"}', 'latin1')],
    ['a byte order mark of UTF-16', () => Buffer.from('\uFEFF{}', 'utf16le')],
  ])('with %s is not read', (_, body) => {
    expect(() => parseRispostaE002(200, body())).toThrow(expect.objectContaining({ name: RispostaIllegibile.name }));
  });

  it('with names that every object has touches no object but its own', () => {
    const body = Buffer.from('{"idOperazioneANPR":"1","__proto__":{"polluted":"1"},"constructor":{"prototype":{"polluted":"1"}},"listaSoggetti":{"datiSoggetto":[{"__proto__":{"generalita":{"cognome":"X"}}}]}}');
    expect(parseRispostaE002(200, body)).toMatchObject({ kind: 'ok' });
    expect(({} as { polluted?: string }).polluted).toBeUndefined();
  });
});
