import { describe, expect, it } from 'vitest';
import { declaredOf } from './declared.js';

const PERSON = { cognome: 'Esempi', nome: 'Prova', sesso: 'F', dataNascita: '1985-03', luogoNascita: { comune: { nome: 'Roma', provincia: 'RM' } } } as const;
const BY_CODE = { codiceFiscale: 'SNTPRV85C55H501U' };
const generalita = { cognome: 'Altri', nome: 'Prova' };
const residenza = { comune: { nome: 'Roma', provincia: 'RM' }, toponimo: { specie: 'Via', denominazione: 'Delle Prove' } };

describe('what is declared to ANPR', () => {
  it.each([
    ['of generalità is what the caller declares', { servizio: 'generalita', soggetto: BY_CODE, dichiarati: { generalita } }, { generalita }],
    ['of generalità is those of another if so declared', { servizio: 'generalita', soggetto: PERSON, dichiarati: { generalita } }, { generalita }],
    ['of generalità is what the person is asked by, if no others were', { servizio: 'generalita', soggetto: PERSON }, { generalita: PERSON }],
    ['of a residence is the residence', { servizio: 'residenza', soggetto: BY_CODE, dichiarati: { residenza } }, { residenza }],
    ['of a life is nothing', { servizio: 'esistenza-in-vita', soggetto: PERSON }, undefined],
    ['of a service that verifies nothing is nothing', { servizio: 'stato-famiglia', soggetto: PERSON, dichiarati: { residenza } }, undefined],
  ] as const)('%s', (_, request, declared) => {
    expect(declaredOf({ modalita: 'verifica', ...request })).toEqual(declared);
  });

  it('is nothing where data are asked for', () => {
    expect(declaredOf({ servizio: 'residenza', modalita: 'consultazione', soggetto: PERSON, dichiarati: { residenza } })).toBeUndefined();
  });
});
