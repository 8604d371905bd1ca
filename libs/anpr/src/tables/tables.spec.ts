import type { Service } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { sectionsOf } from '../channel/services.js';
import { describeWithTables, table } from '../testing/anpr-schema.js';
import { addressKind, decoded, isDeath, isValidated, tieKind } from './tables.js';
import { WRITTEN } from './written.js';

describe('a code of ANPR', () => {
  it('is read with and without leading zeros', () => {
    expect(decoded(15, '06')).toBe(decoded(15, '6'));
    expect([tieKind('03'), tieKind('5')]).toEqual(['famiglia', 'famiglia-aire']);
    expect([isDeath('1'), isDeath('02'), isDeath('10'), isDeath(undefined)]).toEqual([true, true, false, false]);
    expect([isValidated('01'), isValidated('9')]).toEqual([true, false]);
  });

  it('that the tables do not have is shown as it is', () => {
    expect(addressKind('99')).toBe('99');
    expect(addressKind('0x1')).toBe('0x1');
    expect(addressKind('constructor')).toBe('constructor');
    expect(tieKind('7')).toBe('7');
    expect([decoded(5, '77'), decoded(5, 'toString')]).toEqual(['77', 'toString']);
  });

  it('is read in a downloaded table first, and in the one written down for what that lacks', () => {
    const tables = new Map([['5', new Map([['2', 'Coniuge'], ['82', 'Affidato']])]]);
    expect([decoded(5, '02', tables), decoded(5, '82', tables), decoded(5, '3', tables), decoded(15, '13', tables)]).toEqual(['Coniuge', 'Affidato', 'Figlio / Figlia', 'Altro']);
  });

  it('of an address keeps its word in the API, whatever a downloaded table calls it', () => {
    const tables = new Map([['25', new Map([['1', 'Residenza anagrafica'], ['12', 'Già “altrove”'], ['13', '–']])]]);
    expect([addressKind('01', tables), addressKind('12', tables), addressKind('13', tables)]).toEqual(['residenza', 'gia-altrove', '13']);
  });
});

/** Letters only: the published tables differ in dots, quotes and accents. */
const letters = (text: string): string => text.normalize('NFD').replace(/[^a-z0-9]/gi, '').toLowerCase();

describeWithTables('the published tables', () => {
  it.each([
    ['tabella_01_stato_civile.csv', 1],
    ['tabella_05_relazione_di_parentela_famiglia.csv', 5],
    ['tabella_06_legame_convivenza.csv', 6],
    ['tabella_15_motivi_cancellazione_anagrafe.csv', 15],
    ['tabella_28_motivi_cancellazione_aire.csv', 28],
  ] as const)('say the same words, and no others: %s', (file, number) => {
    const rows = table(file);
    expect(rows.map(([code]) => code).sort()).toEqual(Object.keys(WRITTEN[number]).sort());
    for (const [code = '', words = ''] of rows) expect([code, letters(decoded(number, code))]).toEqual([code, letters(words)]);
  });

  it('have no kind of address without a name', () => {
    const rows = table('tabella_25_tipo_indirizzo.csv');
    for (const [code = '', words = ''] of rows) {
      const [first = ''] = letters(words).match(/[a-z]{5}/) ?? [];
      expect([code, letters(addressKind(code))]).toEqual([code, expect.stringContaining(first)]);
    }
    expect(rows).toHaveLength(11);
  });

  it('call death what is death here', () => {
    for (const file of ['tabella_15_motivi_cancellazione_anagrafe.csv', 'tabella_28_motivi_cancellazione_aire.csv']) {
      for (const [code = '', words = ''] of table(file)) expect([code, isDeath(code)]).toEqual([code, /^morte/i.test(words)]);
    }
  });

  it('name every section that is asked, and none is more than the service needs', () => {
    const names = new Map(table('tabella_16_dati_richiesti.csv').map(([code = '', words = '']) => [code, words]));
    const asked = (service: Service) => sectionsOf('ws', service, 'consultazione')!.map((code) => names.get(code));
    expect(asked('generalita')).toEqual(['generalità', 'datiCancellazione', 'datiDecesso']);
    expect(asked('residenza')).toEqual(['generalità', 'residenza', 'datiCancellazione', 'datiDecesso']);
    expect(asked('cittadinanza')).toEqual(['generalità', 'cittadinanza', 'datiCancellazione', 'datiDecesso']);
    expect(asked('stato-civile')).toEqual(['generalità', 'statoCivile', 'datiCancellazione', 'datiDecesso']);
    expect(asked('esistenza-in-vita')).toEqual(asked('generalita'));
  });
});
