import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CASES } from './cases.js';
import { checkCharacter, codiceFiscale, provisional, VARIANTS } from './codice-fiscale.js';
import { directory } from './directory.js';
import { catastale, generatePeople } from './generate.js';
import { idAnpr, luhn36 } from './id-anpr.js';
import { testPeople } from './list.js';

const none: ReadonlySet<string> = new Set();
const FORM = /^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]$/;
const identities = fc.record({
  cognome: fc.stringMatching(/^[A-Z' ]{0,12}$/),
  nome: fc.stringMatching(/^[A-ZÀÈÌ ]{1,12}$/),
  sesso: fc.constantFrom('M' as const, 'F' as const),
  dataNascita: fc.date({ min: new Date('1900-01-01'), max: new Date('2026-12-31'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
  luogo: fc.stringMatching(/^[A-Z][0-9]{3}$/),
});

describe('the codice fiscale of synthetic people', () => {
  it('is the one of the published example of the Agenzia delle Entrate and of the SOAP notes', () => {
    expect(codiceFiscale({ cognome: 'ROSSI', nome: 'MARIO', sesso: 'M', dataNascita: '1985-12-10', luogo: 'A562' })).toBe('RSSMRA85T10A562S');
    expect(codiceFiscale({ cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogo: 'H501' })).toBe('SNTPRV85C55H501U');
  });

  it('has the form and the check character of the decree whoever the person is', () => {
    fc.assert(
      fc.property(identities, fc.integer({ min: 0, max: VARIANTS - 1 }), (identity, variant) => {
        const code = codiceFiscale(identity, variant);
        expect(code).toMatch(FORM);
        expect(checkCharacter(code.slice(0, 15))).toBe(code[15]);
      }),
    );
  });

  it('has 128 different variants for people with the same one', () => {
    fc.assert(
      fc.property(identities, (identity) => {
        expect(new Set(Array.from({ length: VARIANTS }, (_, variant) => codiceFiscale(identity, variant))).size).toBe(VARIANTS);
      }),
      { numRuns: 20 },
    );
  });

  it('replaces the rightmost digit first', () => {
    const identity = { cognome: 'ROSSI', nome: 'MARIO', sesso: 'M', dataNascita: '1985-12-10', luogo: 'A562' } as const;
    expect(codiceFiscale(identity, 1).slice(0, 15)).toBe('RSSMRA85T10A56N');
    expect(codiceFiscale(identity, VARIANTS - 1).slice(0, 15)).toBe('RSSMRAURTMLARSN');
  });

  it('is refused by its check character when one letter changes', () => {
    fc.assert(
      fc.property(identities, fc.integer({ min: 0, max: 5 }), (identity, at) => {
        const body = codiceFiscale(identity).slice(0, 15);
        const other = body.slice(0, at) + (body[at] === 'A' ? 'B' : 'A') + body.slice(at + 1);
        expect(checkCharacter(other)).not.toBe(checkCharacter(body));
      }),
    );
  });

  it('has eleven digits with their check when it is provisional', () => {
    // 12345678903 satisfies the sum of the partita IVA, which provisional codes share.
    expect(provisional(1_234_567_890)).toBe('12345678903');
  });
});

describe('the idANPR of synthetic people', () => {
  it('has the check character of the published samples', () => {
    for (const sample of ['WB63457P6', 'ZZ00001X6']) expect(luhn36(sample.slice(0, 8))).toBe(sample[8]);
  });

  it('is different for every person', () => {
    const serials = [0, 1, 99_999, 100_000, 2_599_999];
    expect(new Set(serials.map((serial) => idAnpr('ZZ', serial))).size).toBe(serials.length);
    expect(() => idAnpr('ZZ', 2_600_000)).toThrow(RangeError);
  });
});

describe('generated people', () => {
  it('are the same for the same seed and others for another', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (seed) => {
        expect(generatePeople(seed, 60, none)).toEqual(generatePeople(seed, 60, none));
        expect(generatePeople(seed, 60, none)).not.toEqual(generatePeople((seed + 1) >>> 0, 60, none));
      }),
      { numRuns: 25 },
    );
  });

  it('are the first of more people', () => {
    expect(generatePeople(7, 300, none).slice(0, 100)).toEqual(generatePeople(7, 100, none));
  });

  it('have a codice fiscale of their own that follows from their data', () => {
    const people = generatePeople(3, 5_000, new Set(CASES.map((card) => card.codiceFiscale)));
    expect(new Set([...people, ...CASES].map((card) => card.codiceFiscale)).size).toBe(5_000 + new Set(CASES.map((card) => card.codiceFiscale)).size);
    for (const card of people) {
      const plain = codiceFiscale({ ...card, luogo: catastale(card.luogoNascita) });
      expect(card.codiceFiscale.slice(0, 6)).toBe(plain.slice(0, 6));
      expect(checkCharacter(card.codiceFiscale.slice(0, 15))).toBe(card.codiceFiscale[15]);
    }
  });

  it('live in families with one head and one address', () => {
    const families = Map.groupBy(generatePeople(5, 3_000, none), (card) => card.famiglia.id);
    expect(families.size).toBeGreaterThan(500);
    for (const family of families.values()) {
      expect(family.filter((card) => card.legame === '1')).toHaveLength(1);
      expect(new Set(family.map((card) => card.residenze)).size).toBe(1);
    }
  });

  it('live in the three demo Comuni, elsewhere and abroad', () => {
    const people = generatePeople(1, 10_000, none);
    for (const comune of ['058091', '037006', '077014', '015146']) expect(people.filter((card) => card.competente.codiceIstat === comune).length).toBeGreaterThan(100);
    expect(people.filter((card) => card.annoEspatrio !== undefined).length).toBeGreaterThan(100);
  });
});

describe('the named cases', () => {
  it('do not depend on the seed nor on the number of people', () => {
    expect(directory(1, 10).named).toBe(directory(2, 1_000).named);
    expect(directory(9, 500).byCodiceFiscale('SNTPRV85C55H501U')).toEqual([CASES[0]]);
  });

  it('keep the codes by which other tests and documents know them', () => {
    const codes = Object.fromEntries(CASES.filter((card) => card.caso).map((card) => [card.caso, card.codiceFiscale]));
    expect(codes).toMatchInlineSnapshot(`
      {
        "AIRE con indirizzo estero e consolato": "SPTSTR70M57H501L",
        "ANPR non risponde": "MTSTCT69H06H501M",
        "HTTP 500": "GSTNRN63C23H501D",
        "SOAP Fault": "FLLRRT82T52H501H",
        "apostrofo, accenti e nomi doppi": "DSMMPR77P52A345G",
        "cancellato per emigrazione": "MGRFNT90R49Z100A",
        "cancellato per irreperibilità": "NTRTST66T24H501H",
        "codice fiscale non validato": "DBBVFC96A48H501L",
        "codice fiscale provvisorio numerico": "99000000010",
        "convivenza di fatto con contratto (MTOM)": "PTTCCR87P54H501T",
        "convivenza di settecento persone: la responsabile": "CMNDTT70C70H501T",
        "convivenza di tre persone: il responsabile": "CNVPRR57A08H501Y",
        "deceduto": "FTTSGG38A30H501V",
        "due cittadinanze": "CTTBNI92C68Z611F",
        "due residenze": "DPPCLD81E45H501W",
        "famiglia AIRE": "STRCCS65R15H501W",
        "famiglia in corso di registrazione (EN214)": "RGSTTS94E56H501V",
        "famiglia numerosa": "NMRCFL68D44H501Z",
        "generalità uguali a un’altra persona (prima)": "GMLGLU80B29H501T",
        "generalità uguali a un’altra persona (seconda)": "GMLGLU80B29H50ML",
        "giorno di nascita ignoto": "GNTPTT55L01H501C",
        "giorno e mese di nascita ignoti": "GNTBZZ61A41Z100I",
        "indirizzo chilometrico": "STRMRC91S59F052H",
        "mascherato (EN493)": "MSCCLT71A17H501T",
        "nascita all’estero": "LNTCPN93D67Z611O",
        "omocodia": "SNTPRV85C55H50MM",
        "operatore non abilitato (XXXX)": "VTTNGT76B66H501Y",
        "residente": "SNTPRV85C55H501U",
        "residente in altro Comune": "SMPCPN72S03F205C",
        "residenza cambiata il 2026-01-15": "TRSRNT78E30H501B",
        "rifiuto con un codice che nessuna tabella ha (ZZ999)": "CDCNVU73S27H501X",
        "rifiuto con un elenco di errori vuoto": "TCTVTU79T42H501Y",
        "risposta con avviso": "VVSNML75R31H501I",
        "risposta con elementi facoltativi sconosciuti": "GGNFTR95H21H501M",
        "risposta con un’altra operazione": "SCMPTC89P49H501J",
        "risposta con un’altra persona": "SCMLTR87L07H501L",
        "risposta illeggibile": "CNFRTT74M48H501H",
        "senza cognome": "XXXSMP88H18Z611V",
        "senza fissa dimora": "VGNPRV59B02H501X",
        "senza nome": "MNNXXX90A01Z100O",
        "senza numero civico": "CVCSNZ83C03H501S",
        "trasferito: scheda cancellata e scheda attiva": "TRSMLL79L21H501S",
        "unione civile": "NTNSSM84B10H501Q",
        "vedova": "SPRSLO44M62H501D",
      }
    `);
  });

  it('are listed in docs/test-people.md as they are', async () => {
    expect(await readFile(resolve(import.meta.dirname, '../../../../docs/test-people.md'), 'utf8')).toBe(testPeople());
  });

  it('have labels and ids of their own', () => {
    const named = CASES.filter((card) => card.caso !== undefined);
    expect(new Set(named.map((card) => card.caso)).size).toBe(named.length);
    expect(new Set(named.map((card) => card.idANPR)).size).toBe(named.length);
    expect(new Set(CASES.map((card) => card.id)).size).toBe(CASES.length);
  });

  it('have the omocodia variant of another person’s code', () => {
    const homonym = CASES.find((card) => card.caso === 'omocodia');
    expect(homonym?.codiceFiscale).toBe(codiceFiscale({ cognome: 'SINTETICI', nome: 'PARVA', sesso: 'F', dataNascita: '1985-03-15', luogo: 'H501' }, 1));
    expect(homonym?.codiceFiscale.slice(0, 14)).toBe('SNTPRV85C55H50');
  });
});
