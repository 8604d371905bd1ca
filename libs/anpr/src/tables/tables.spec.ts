import { describe, expect, it } from 'vitest';
import { sectionsOf } from '../channel/services.js';
import { describeWithTables, table } from '../testing/anpr-schema.js';
import { addressKind, aireCancellationReason, cancellationReason, isDeath, isValidated } from './tables.js';

describe('a code of ANPR', () => {
  it('is read with and without leading zeros', () => {
    expect(cancellationReason('06')).toBe(cancellationReason('6'));
    expect([isDeath('1'), isDeath('02'), isDeath('10'), isDeath(undefined)]).toEqual([true, true, false, false]);
    expect([isValidated('01'), isValidated('9')]).toEqual([true, false]);
  });

  it('that the tables do not have is shown as it is', () => {
    expect(addressKind('99')).toBe('99');
    expect(addressKind('0x1')).toBe('0x1');
    expect(addressKind('constructor')).toBe('constructor');
    expect(addressKind(undefined)).toBeUndefined();
  });
});

/** Letters only: the published tables differ in dots, quotes and accents. */
const letters = (text: string): string => text.normalize('NFD').replace(/[^a-z0-9]/gi, '').toLowerCase();

describeWithTables('the published tables', () => {
  it.each([
    ['tabella_15_motivi_cancellazione_anagrafe.csv', cancellationReason],
    ['tabella_28_motivi_cancellazione_aire.csv', aireCancellationReason],
  ])('say the same words: %s', (file, decode) => {
    const rows = table(file);
    expect(rows.length).toBeGreaterThan(8);
    for (const [code = '', words = ''] of rows) expect([code, letters(decode(code) ?? '')]).toEqual([code, letters(words)]);
  });

  it('have no kind of address without a name', () => {
    const rows = table('tabella_25_tipo_indirizzo.csv');
    for (const [code = '', words = ''] of rows) {
      const [first = ''] = letters(words).match(/[a-z]{5}/) ?? [];
      expect([code, letters(addressKind(code) ?? '')]).toEqual([code, expect.stringContaining(first)]);
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
    const asked = (service: 'generalita' | 'residenza') => sectionsOf('ws', service, 'consultazione')!.map((code) => names.get(code));
    expect(asked('generalita')).toEqual(['generalità', 'datiCancellazione', 'datiDecesso']);
    expect(asked('residenza')).toEqual(['generalità', 'residenza', 'datiCancellazione', 'datiDecesso']);
  });
});
