import { Indirizzo } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { comuneXml } from '../../testing/soap-answers.js';
import { addressOf } from './address.js';
import { treeOf } from './tree.js';

const read = (inside: string): Indirizzo => Indirizzo.parse(addressOf(treeOf(`<residenza>${inside}</residenza>`), () => undefined));
const italian = (parts: string, more = ''): Indirizzo => read(`<tipoIndirizzo>1</tipoIndirizzo><indirizzo><cap>00183</cap>${comuneXml('058091', 'ROMA', 'RM')}${parts}</indirizzo>${more}`);
const street = '<toponimo><codSpecie>213</codSpecie><specie>VIA</specie><denominazioneToponimo>APPIA NUOVA</denominazioneToponimo></toponimo>';
const number = (civico: string) => italian(`${street}<numeroCivico>${civico}</numeroCivico>`);

describe('an address in Italy, in one line', () => {
  it.each([
    ['<numero>12</numero>', 'Via APPIA NUOVA 12, 00183 ROMA (RM)'],
    ['<numero>12</numero><lettera>A</lettera>', 'Via APPIA NUOVA 12/A, 00183 ROMA (RM)'],
    ['<numero>12</numero><lettera>A</lettera><esponente1>BIS</esponente1>', 'Via APPIA NUOVA 12/A/BIS, 00183 ROMA (RM)'],
    ['<metrico>12500</metrico>', 'Via APPIA NUOVA km 12+500, 00183 ROMA (RM)'],
    ['<metrico>7</metrico>', 'Via APPIA NUOVA km 0+007, 00183 ROMA (RM)'],
    ['<progSNC>1</progSNC>', 'Via APPIA NUOVA SNC, 00183 ROMA (RM)'],
    ['<numero>7</numero><civicoInterno><corte>2</corte><scala>A</scala><interno1>12</interno1><espInterno1>B</espInterno1><piano>3</piano></civicoInterno>', 'Via APPIA NUOVA 7 corte 2 scala A piano 3 int. 12/B, 00183 ROMA (RM)'],
    ['<numero>7</numero><civicoInterno><interno1>1</interno1><interno2>2</interno2><scalaEsterna>S</scalaEsterna><isolato>C</isolato></civicoInterno>', 'Via APPIA NUOVA 7 int. 1 scala esterna S int. 2 isolato C, 00183 ROMA (RM)'],
  ])('%s', (civico, line) => {
    expect(number(civico).indirizzoCompleto).toBe(line);
  });

  it('has a locality, and no street where there is none', () => {
    expect(italian(`<frazione>BORGO</frazione>${street}`).indirizzoCompleto).toBe('Via APPIA NUOVA, fraz. BORGO, 00183 ROMA (RM)');
    expect(italian('<toponimo><denominazioneToponimo>CASCINA PROVA</denominazioneToponimo></toponimo>').indirizzoCompleto).toBe('CASCINA PROVA, 00183 ROMA (RM)');
    expect(italian('<toponimo/>').toponimo).toBeUndefined();
  });
});

describe('an address in Italy, in its parts', () => {
  it('keeps each as ANPR writes it', () => {
    expect(number('<numero>7</numero><lettera>B</lettera><civicoInterno><scala>A</scala><interno1>12</interno1><espInterno1>B</espInterno1><piano>3</piano></civicoInterno>')).toMatchObject({
      tipo: 'residenza',
      cap: '00183',
      comune: { codiceIstat: '058091', nome: 'ROMA', provincia: 'RM' },
      toponimo: { specie: 'VIA', denominazione: 'APPIA NUOVA' },
      numeroCivico: { numero: '7', lettera: 'B', scala: 'A', piano: '3', interno: '12/B' },
    });
    expect(number('<metrico>12500</metrico>').numeroCivico).toEqual({ metrico: '12500' });
    expect(number('<progSNC>1</progSNC>').numeroCivico).toEqual({ senzaNumero: true });
  });

  it('says with whom and since when', () => {
    expect(italian(street, '<presso>FAMIGLIA ESEMPIO</presso><dataDecorrenzaResidenza>2019-06-01+02:00</dataDecorrenzaResidenza>')).toMatchObject({ presso: 'FAMIGLIA ESEMPIO', decorrenza: '2019-06-01' });
  });

  it.each([['1', 'residenza'], ['02', 'dimora-abituale'], ['10', 'revisione-onomastica'], ['99', '99']])('is of a kind, or of the code that ANPR gives it: %s', (code, kind) => {
    expect(read(`<tipoIndirizzo>${code}</tipoIndirizzo>`).tipo).toBe(kind);
  });
});

describe('an address abroad', () => {
  it('has the State, the place and the consulate', () => {
    const abroad =
      '<localitaEstera><indirizzoEstero><cap>1000</cap><localita><descrizioneLocalita>TIRANA</descrizioneLocalita><descrizioneStato>ALBANIA</descrizioneStato><codiceStato>201</codiceStato></localita>' +
      '<toponimo><denominazione>RUGA E PROVES</denominazione><numeroCivico>10/A</numeroCivico></toponimo></indirizzoEstero><consolato><codiceConsolato>2200100</codiceConsolato><descrizioneConsolato>TIRANA</descrizioneConsolato></consolato></localitaEstera>';
    expect(read(`<tipoIndirizzo>4</tipoIndirizzo>${abroad}`)).toEqual({
      tipo: 'residenza-estera',
      indirizzoCompleto: 'RUGA E PROVES 10/A, 1000 TIRANA, ALBANIA',
      estero: { codiceStato: '201', stato: 'ALBANIA', localita: 'TIRANA', indirizzo: 'RUGA E PROVES 10/A', cap: '1000', consolato: 'TIRANA' },
    });
  });

  it('may be known by its consulate alone', () => {
    expect(read('<tipoIndirizzo>4</tipoIndirizzo><localitaEstera><consolato><codiceConsolato>1</codiceConsolato><descrizioneConsolato>LIMA</descrizioneConsolato></consolato></localitaEstera>')).toEqual({ tipo: 'residenza-estera', estero: { consolato: 'LIMA' } });
  });
});
