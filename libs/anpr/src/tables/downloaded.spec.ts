import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RispostaIllegibile } from '../protocol/soap/tree.js';
import { describeWithTables, table } from '../testing/anpr-schema.js';
import { tableFile } from '../testing/soap-services.js';
import { DECODED_BY, tableIn } from './downloaded.js';
import { decoded } from './tables.js';
import { WRITTEN } from './written.js';

const read = (...files: readonly (string | Buffer)[]) => Object.fromEntries(tableIn(files.map((file) => Buffer.from(file))));

describe('a downloaded table', () => {
  it.each([
    ['one element for each row', tableFile({ 1: 'Residenza', '02': 'Dimora abituale' })],
    ['other names and more columns', '<r><riga><DATA>2020</DATA><COD_TIPO>1</COD_TIPO><DESC_TIPO> Residenza </DESC_TIPO></riga><riga><COD_TIPO>2</COD_TIPO><DESC_TIPO>Dimora\n abituale</DESC_TIPO><NOTE/></riga></r>'],
    ['a prefix, and depth', '<a:r xmlns:a="urn:a"><a:b><a:c><a:Codice>1</a:Codice><a:Descrizione>Residenza</a:Descrizione></a:c><a:c><a:Codice>2</a:Codice><a:Descrizione>Dimora abituale</a:Descrizione></a:c></a:b></a:r>'],
  ])('is read with %s', (_, file) => {
    expect(read(file)).toEqual({ 1: 'Residenza', 2: 'Dimora abituale' });
  });

  it('may be compressed, in several files, and in another charset', () => {
    expect(read(gzipSync(tableFile({ 1: 'Città' })), tableFile({ 2: 'Altro' }))).toEqual({ 1: 'Città', 2: 'Altro' });
    expect(read(Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><r><x><ID>1</ID><DESCRIZIONE>Città</DESCRIZIONE></x></r>', 'latin1'))).toEqual({ 1: 'Città' });
  });

  it('prefers the code to what else begins like one', () => {
    expect(read('<r><x><ID_RIGA>900</ID_RIGA><ID>7</ID><DESC_BREVE>b</DESC_BREVE><DESCRIZIONE>Lunga</DESCRIZIONE></x></r>')).toEqual({ 7: 'Lunga' });
  });

  it.each<[string, string | Buffer, string]>([
    ['nothing', '<r/>', 'no codes in the table'],
    ['rows without codes', '<r><x><DESCRIZIONE>a</DESCRIZIONE></x></r>', 'no codes in the table'],
    ['a code that is none', '<r><x><ID>a b</ID><DESCRIZIONE>a</DESCRIZIONE></x></r>', 'no codes in the table'],
    ['no XML', 'ID;DESCRIZIONE', 'not well-formed'],
    ['what is cut', gzipSync(tableFile({ 1: 'a' })).subarray(0, 30), 'table not compressed as gzip, or too large'],
    ['what grows without end', gzipSync(Buffer.alloc(5 * 1024 * 1024, 0x20)), 'table not compressed as gzip, or too large'],
    ['another charset than it says', Buffer.from('<?xml version="1.0" encoding="UTF-8"?><r>à</r>', 'latin1'), 'charset of the table'],
    ['a charset that nobody knows', '<?xml version="1.0" encoding="klingon"?><r/>', 'charset of the table'],
    ['entities', '<!DOCTYPE r [<!ENTITY x "1">]><r><x><ID>&x;</ID></x></r>', 'document type declaration'],
  ])('cannot be read from %s', (_, file, reason) => {
    expect(() => read(file)).toThrow(expect.objectContaining({ name: RispostaIllegibile.name, reason }));
  });

  it('decodes, once it is there', () => {
    expect(decoded(5, '82', new Map([['5', tableIn([Buffer.from(tableFile({ 82: 'Affidato' }))])]]))).toBe('Affidato');
  });

  it('is asked for wherever codes are decoded', () => {
    expect(Object.keys(WRITTEN).filter((number) => !(DECODED_BY as readonly string[]).includes(number))).toEqual([]);
  });
});

describeWithTables('the published tables', () => {
  it('are read in the form of their columns', () => {
    const rows = table('tabella_15_motivi_cancellazione_anagrafe.csv');
    const file = `<t>${rows.map(([id = '', text = '']) => `<r><ID>${id}</ID><DESCRIZIONE>${text.replaceAll('&', '&amp;')}</DESCRIZIONE></r>`).join('')}</t>`;
    expect(Object.keys(read(file))).toHaveLength(rows.length);
  });
});
