import { describe, expect, it } from 'vitest';
import { NotSendable } from '../soap/text.js';
import { buildRichiestaE002, type Dichiarati, type DomandaE002 } from './request.js';

const PERSON = { cognome: 'Șerban', nome: 'Anna  Maria', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'Roma', provincia: 'RM' } } } as const;
const RESIDENCE = { comune: { nome: 'Roma', provincia: 'RM', codiceIstat: '058091' }, cap: '00183', toponimo: { specie: 'VIA', denominazione: 'DELLE PROVE' }, numeroCivico: { numero: '7', lettera: 'B', interno: '4' } };

const domanda: DomandaE002 = { casoUso: 'C020', idOperazione: '1795428000000000', criteri: { idANPR: 'ZZ00000ZZ' }, dataRiferimento: '2026-11-23', oggi: '2026-11-23', motivo: '2026/004512' };
const built = (changes: Partial<DomandaE002>) => JSON.parse(buildRichiestaE002({ ...domanda, ...changes }).toString());

describe('a question to an e-service', () => {
  it.each(['C015', 'C018', 'C019', 'C020', 'C021', 'C007'] as const)('of %s is the person, the day, the case and the use, and nothing else', (casoUso) => {
    expect(built({ casoUso })).toEqual({
      idOperazioneClient: '1795428000000000',
      criteriRicerca: { idANPR: 'ZZ00000ZZ' },
      datiRichiesta: { dataRiferimentoRichiesta: '2026-11-23', motivoRichiesta: '2026/004512', casoUso },
    });
  });

  it('of C030 is by codice fiscale or by generalità, never by what it is there to find', () => {
    expect(built({ casoUso: 'C030', criteri: { codiceFiscale: 'SNTPRV85C55H501U' } }).criteriRicerca).toEqual({ codiceFiscale: 'SNTPRV85C55H501U' });
    expect(() => built({ casoUso: 'C030' })).toThrow(NotSendable);
  });

  it('by generalità is in the letters that ANPR takes', () => {
    expect(built({ criteri: PERSON }).criteriRicerca).toEqual({
      cognome: 'Şerban',
      nome: 'Anna Maria',
      sesso: 'F',
      datiNascita: { dataEvento: '1985-03-15', luogoNascita: { comune: { nomeComune: 'Roma', siglaProvinciaIstat: 'RM' } } },
    });
    expect(built({ criteri: { ...PERSON, luogoNascita: { estero: { codiceStato: '203', stato: 'Austria' } } } }).criteriRicerca.datiNascita.luogoNascita).toEqual({ localita: { descrizioneStato: 'Austria', codiceStato: '203' } });
  });

  it('of C003 declares generalità: names, and what else is to be confirmed', () => {
    const declared = (generalita: NonNullable<Dichiarati['generalita']>) => built({ casoUso: 'C003', dichiarati: { generalita } }).verifica.generalita;
    expect(declared({ ...PERSON, cognome: 'Altri' })).toEqual({ cognome: 'Altri', nome: 'Anna Maria', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nomeComune: 'Roma', siglaProvinciaIstat: 'RM' } } });
    expect(declared({ senzaCognome: true, nome: 'Anna', codiceFiscale: 'SNTPRV85C55H501U', dataNascita: '1985-03' })).toEqual({
      codiceFiscale: { codFiscale: 'SNTPRV85C55H501U' },
      senzaCognome: '1',
      nome: 'Anna',
      dataNascita: '1985-03-01',
      senzaGiorno: '1',
    });
    expect(() => built({ casoUso: 'C003', criteri: PERSON })).toThrow(expect.objectContaining({ field: 'dichiarati.generalita' }));
  });

  it('by generalità says who has no surname or no name, and what of a birth is not known', () => {
    expect(built({ criteri: { ...PERSON, cognome: undefined, senzaCognome: true, dataNascita: '1985' } }).criteriRicerca).toMatchObject({ senzaCognome: '1', nome: 'Anna Maria', datiNascita: { dataEvento: '1985-01-01', senzaGiornoMese: '1' } });
    expect(built({ criteri: { ...PERSON, nome: undefined, senzaNome: true, dataNascita: '1985-03' } }).criteriRicerca).toMatchObject({ cognome: 'Şerban', senzaNome: '1', datiNascita: { dataEvento: '1985-03-01', senzaGiorno: '1' } });
  });

  it('of C008 may declare a residence abroad', () => {
    expect(built({ casoUso: 'C008', dichiarati: { residenza: { estero: { codiceStato: '203', stato: 'Austria', localita: 'Vienna', indirizzo: 'Ring 1' } } } }).verifica).toEqual({
      residenza: { tipoIndirizzo: '4', localitaEstera: { indirizzoEstero: { localita: { descrizioneLocalita: 'Vienna', descrizioneStato: 'Austria', codiceStato: '203' }, toponimo: { denominazione: 'Ring 1' } } } },
    });
  });

  it('declares what its topic is and nothing else', () => {
    expect(built({ casoUso: 'C008', dichiarati: { residenza: RESIDENCE, generalita: PERSON } }).verifica).not.toHaveProperty('generalita');
    expect(built({ casoUso: 'C007', dichiarati: { residenza: RESIDENCE, generalita: PERSON } })).not.toHaveProperty('verifica');
  });

  it('of C008 declares a residence', () => {
    expect(built({ casoUso: 'C008', dichiarati: { residenza: RESIDENCE } }).verifica).toEqual({
      residenza: {
        tipoIndirizzo: '1',
        indirizzo: {
          cap: '00183',
          comune: { nomeComune: 'Roma', codiceIstat: '058091', siglaProvinciaIstat: 'RM' },
          toponimo: { specie: 'VIA', denominazioneToponimo: 'DELLE PROVE' },
          numeroCivico: { numero: '7', lettera: 'B', civicoInterno: { interno1: '4' } },
        },
      },
    });
    expect(() => built({ casoUso: 'C008' })).toThrow(NotSendable);
  });

  it.each([
    ['an id that is no number', 'idOperazioneClient', { idOperazione: '01JGATEWAY0EXAMP0000000001' }],
    ['an id of twenty digits', 'idOperazioneClient', { idOperazione: '1'.repeat(20) }],
    ['tomorrow', 'dataRiferimento', { dataRiferimento: '2026-11-24' }],
    ['a day that does not exist', 'dataRiferimento', { dataRiferimento: '2026-02-30' }],
    ['a case of 101 characters', 'motivoRichiesta', { motivo: 'x'.repeat(101) }],
    ['a case on two lines', 'motivoRichiesta', { motivo: 'a\nb' }],
    ['no case', 'motivoRichiesta', { motivo: '' }],
    ['an idANPR of ten characters', 'idANPR', { criteri: { idANPR: 'ZZ00000ZZZ' } }],
    ['a name in another alphabet', 'cognome', { criteri: { ...PERSON, cognome: '李' } }],
    ['a surname and none', 'cognome', { criteri: { ...PERSON, senzaCognome: true } }],
    ['a declared name in another alphabet', 'dichiarati.generalita.nome', { casoUso: 'C003', dichiarati: { generalita: { cognome: 'A', nome: '李' } } }],
    ['a house number that is a word', 'dichiarati.residenza.numero', { casoUso: 'C008', dichiarati: { residenza: { ...RESIDENCE, numeroCivico: { numero: 'sette' } } } }],
    ['a postal code of four digits', 'dichiarati.residenza.cap', { casoUso: 'C008', dichiarati: { residenza: { ...RESIDENCE, cap: '0018' } } }],
  ] as const)('is not sent with %s', (_, field, changes) => {
    expect(() => built(changes)).toThrow(expect.objectContaining({ name: 'NotSendable', field }));
  });
});
