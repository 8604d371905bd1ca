import { describe, expect, it } from 'vitest';
import { describeWithProtocol, describeWithTables, protocol, table } from '../../testing/anpr-schema.js';
import { classify, faultOf, type Classe } from './classify.js';

const error = (codice: string, testo: string | undefined = 'testo', tipo: string | undefined = 'E') => ({ codice, testo, tipo });

/** What each code means for who asked. */
const MEANINGS: Readonly<Partial<Record<Classe, readonly string[]>>> = {
  'non-trovato': ['EN122', 'EN130', 'EN133', 'EF001', 'EF002'],
  ambiguo: ['EN131', 'EN067', 'EN043', 'EN095', 'EN115', 'EN175', 'E003', 'EF062', 'EN313'],
  incongruente: ['EN068', 'EN069', 'EN070', 'EN071', 'EN072', 'EN073', 'EN074', 'EN075'],
  'non-competente': ['EN167', 'EN204', 'EN210'],
  occupato: ['EN214', 'EN179'],
  'occupato-altrove': ['EN492'],
  'non-disponibile': ['999'],
  rifiutata: ['EN079', 'EN080', 'EN132', 'EN448', 'EN052', 'EC020', 'EHR09', 'EHR26', 'EN489', 'SP000', 'EN379', 'EN493', 'EN531', 'ZZ999', 'proto', ''],
};
const classOf = (codice: string): Classe => Object.entries(MEANINGS).find(([, codici]) => codici.includes(codice))?.[0] as Classe | undefined ?? 'rifiutata';

describe('an error of ANPR', () => {
  it.each(Object.entries(MEANINGS).flatMap(([classe, codici]) => codici.map((codice) => [codice, classe] as const)))('%s is %s', (codice, classe) => {
    expect(classify([error(codice)])).toEqual({ classe, codice });
  });

  it.each(['constructor', 'toString', '__proto__', 'hasOwnProperty'])('with a name that every object has is a refusal: %s', (codice) => {
    expect(classify([error(codice)]).classe).toBe('rifiutata');
  });

  it('is judged beside the reference for support, not by it, whichever comes first', () => {
    expect(classify([error('EN527'), error('EN122')])).toEqual({ classe: 'non-trovato', codice: 'EN122' });
    expect(classify([error('EN122'), error('EN527')])).toEqual({ classe: 'non-trovato', codice: 'EN122' });
    expect(classify([error('EN527'), error('EN493')])).toEqual({ classe: 'rifiutata', codice: 'EN493' });
    expect(classify([error('EN527')])).toEqual({ classe: 'rifiutata', codice: 'EN527' });
  });

  it('of several is the one whose meaning is known', () => {
    expect(classify([error('ZZ999'), error('EN131')])).toEqual({ classe: 'ambiguo', codice: 'EN131' });
    expect(classify([error('ZZ998'), error('ZZ999')])).toEqual({ classe: 'rifiutata', codice: 'ZZ998' });
  });

  it('counts before a warning that stands beside it', () => {
    expect(classify([error('EN214', 'avviso', 'W'), error('EN493')])).toEqual({ classe: 'rifiutata', codice: 'EN493' });
  });

  it('may be missing', () => {
    expect(classify([])).toEqual({ classe: 'rifiutata', codice: '' });
  });

  it('EN148 is an operation that still runs, or something about idANPR', () => {
    expect(classify([error('EN148', "E' in corso di elaborazione un'operazione con lo stesso id")]).classe).toBe('occupato');
    expect(classify([error('EN148', "Indicare l'idANPR")]).classe).toBe('rifiutata');
  });

  it('XXXX says what the operator may not do, or nothing', () => {
    expect(classify([error('XXXX', 'Utente non abilitato a questo servizio')]).classe).toBe('rifiutata');
    expect(classify([{ codice: 'XXXX', testo: undefined, tipo: 'E' }]).classe).toBe('non-disponibile');
  });
});

describe('a fault of the gateway before ANPR', () => {
  it.each([
    ['env:Client', 'Rejected by policy. (from client)', 'fault-client-policy'],
    ['env:Client', 'Internal Error (from client)', 'fault-client-sicurezza'],
    ['env:Client', 'internal error', 'fault-client-sicurezza'],
    ['env:Client', 'Incorrect reference digest value (from client)', 'fault-client-digest'],
    ['env:Client', 'IdSede Attribute inconsistent with IdPostazione (from client)', 'fault-client-sede'],
    ['env:Client', 'SNTPRV85C55H501U is not welcome (from client)', 'fault-client'],
    ['env:Client', 'Internal error (from server)', 'fault-server'],
    ['env:Client', 'Malformed content (from server)', 'fault-server'],
    ['env:Server', undefined, 'fault-server'],
    ['env:Client', undefined, 'fault-client'],
    [undefined, undefined, 'fault-client'],
  ])('%s, %s is %s', (code, words, fault) => {
    expect(faultOf(code, words)).toBe(fault);
  });
});

describeWithTables('the published list of errors', () => {
  it('holds no code that is taken for something else', () => {
    const rows = table('elenco_errori_anpr.csv');
    expect(rows.length).toBeGreaterThan(700);
    for (const [codice = ''] of rows) expect([codice, classify([error(codice)]).classe]).toEqual([codice, classOf(codice)]);
  });

  it('holds every code whose meaning is known, but those that came later', () => {
    const published = new Set(table('elenco_errori_anpr.csv').map(([codice]) => codice));
    const known = Object.entries(MEANINGS).flatMap(([classe, codici]) => (classe === 'rifiutata' ? [] : codici));
    expect(known.filter((codice) => !published.has(codice))).toEqual(['E003', '999']);
  });
});

describeWithProtocol('the written protocol', () => {
  const wanted: readonly (readonly [RegExp, readonly Classe[]])[] = [
    [/^not_found/, ['non-trovato']],
    [/^(?:ambiguous|too_many)/, ['ambiguo']],
    [/^mismatch/, ['incongruente']],
    [/^busy/, ['occupato', 'occupato-altrove']],
    [/^forbidden/, ['non-competente']],
    [/^(?:invalid_request|configuration|client bug|unsupported)/, ['rifiutata']],
  ];

  it('gives each code of service 3002 the same meaning', () => {
    const rows = [...protocol().matchAll(/^\| `([A-Z]{1,3}\d{2,3})` \| [^|]+ \| ([^|]+?) \|$/gm)];
    expect(rows.length).toBeGreaterThan(40);
    for (const [, codice = '', meaning = ''] of rows) {
      const classes = wanted.find(([words]) => words.test(meaning))?.[1];
      expect(classes, meaning).toContain(classify([error(codice)]).classe);
    }
  });
});
