import { Persona } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { alive, CODE_WARNING, CODICE_FISCALE, comuneJson, ELSEWHERE, errore, frontEnd, generalita, ID_ANPR, info, ko, ok, OWN, residenza, soggetto } from '../../testing/pdnd-answers.js';
import { NOT_FOUND } from '../outcomes.js';
import { normaliseE002, type QuestionE002 } from './normalise.js';
import { parseRispostaE002 } from './response.js';

const question: QuestionE002 = {
  casoUso: 'C020',
  criteri: { idANPR: ID_ANPR },
  codiceFiscale: CODICE_FISCALE,
  territorio: 'nazionale',
  sections: ['2', '6', '10', '21', '27', '28'],
  catastaleOf: (istat) => (istat === OWN ? 'Z999' : undefined),
  isOwn: (istat) => istat === OWN,
};
const told = (body: object | string, changes: Partial<QuestionE002> = {}, status = 200) =>
  normaliseE002(parseRispostaE002(status, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))), { ...question, ...changes });
const answered = (...of: Parameters<typeof told>) => {
  const normalised = told(...of);
  if (normalised.kind === 'failed') throw new Error(normalised.detail);
  return normalised;
};
const codes = (...of: Parameters<typeof told>) => answered(...of).avvertenze.map(({ codice }) => codice);
const only = (...of: Parameters<typeof told>) => answered(...of).soggetti[0] as Persona & Record<string, unknown>;

describe('a person found', () => {
  it('has the shape of the one answer, with the address on one line', () => {
    const { soggetti, ...rest } = answered(ok([soggetto({ residenza: [residenza()] })]), { sections: ['2', '10', '28'] });
    expect(rest).toEqual({ kind: 'answered', esito: 'trovato', avvertenze: [], anprOperationId: '900000000001' });
    expect(soggetti).toEqual([
      {
        idANPR: ID_ANPR,
        codiceFiscale: CODICE_FISCALE,
        codiceFiscaleValidato: true,
        stato: 'attivo',
        generalita: { cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { codiceIstat: '058091', nome: 'COMUNE DI ESEMPIO', provincia: 'ZZ' } } },
        residenza: [
          {
            tipo: 'residenza',
            indirizzoCompleto: 'Via DELLE PROVE 7/B int. 4, 00183 COMUNE DI ESEMPIO (ZZ)',
            comune: { codiceIstat: OWN, codiceCatastale: 'Z999', nome: 'COMUNE DI ESEMPIO', provincia: 'ZZ' },
            cap: '00183',
            toponimo: { specie: 'VIA', denominazione: 'DELLE PROVE' },
            numeroCivico: { numero: '7', lettera: 'B', interno: '4' },
            decorrenza: '2020-02-02',
          },
        ],
      },
    ]);
    Persona.parse(soggetti[0]);
  });

  it.each([
    ['by a date among the notes', { infoSoggettoEnte: [info('1015', 'Data decesso', '', { valoreData: '2024-05-06' })] }, { data: '2024-05-06' }],
    ['by a key without its id', { infoSoggettoEnte: [info('', 'DATA DECESSO', '', { valoreData: '2024-05-06' })] }, { data: '2024-05-06' }],
    ['by not being alive, without a date', alive('N'), {}],
    ['by a block of her own, where the day is not known', { datiDecesso: { dataEvento: '2024-05-01', senzaGiorno: '1' } }, { data: '2024-05' }],
  ])('is deceased %s', (_, blocks, decesso) => {
    expect(only(ok([soggetto(blocks)]))).toMatchObject({ stato: 'deceduto', decesso });
  });

  it.each(['1', 'S', 'true'])('was born in a year without a day when a flag says %s, and on the day when it says 0', (flag) => {
    const born = (senzaGiornoMese: string) => only(ok([soggetto({ generalita: generalita({ senzaGiornoMese }) })])).generalita.dataNascita;
    expect(born(flag)).toBe('1985');
    expect(born('0')).toBe('1985-03-15');
  });

  it.each(['S', 'Y'])('is registered abroad when soggettoAIRE is %s, and lives where AIRE says', (soggettoAIRE) => {
    const abroad = { tipoIndirizzo: '04', localitaEstera: { indirizzoEstero: { cap: '1010', localita: { descrizioneLocalita: 'VIENNA', descrizioneStato: 'AUSTRIA', codiceStato: '203' }, toponimo: { denominazione: 'RING', numeroCivico: '1' } } } };
    expect(only(ok([soggetto({ generalita: generalita({ soggettoAIRE }), residenza: [residenza(), abroad] })]))).toMatchObject({
      aire: true,
      residenza: [{ tipo: 'residenza-estera', indirizzoCompleto: 'RING 1, 1010 VIENNA, AUSTRIA', estero: { codiceStato: '203' } }],
    });
  });

  it('has every citizenship that ANPR tells', () => {
    const cittadinanza = [{ codiceStato: '100', descrizioneStato: 'ITALIA', dataValidita: '1985-03-15' }, { codiceStato: '203', descrizioneStato: 'AUSTRIA' }];
    expect(only(ok([soggetto({ cittadinanza })]), { casoUso: 'C018' })).toHaveProperty('cittadinanza', [{ codiceStato: '100', stato: 'ITALIA', dataValidita: '1985-03-15' }, { codiceStato: '203', stato: 'AUSTRIA' }]);
  });

  it('is shown in the sections that were admitted, whatever else came', () => {
    const whole = ok([soggetto({ residenza: [residenza()], cittadinanza: [{ codiceStato: '100' }], legameSoggetto: { tipoLegame: '3', codiceLegame: '1' }, ...alive('N') })]);
    expect(only(whole, { sections: ['2', '10'] })).not.toHaveProperty('cittadinanza');
    expect(Object.keys(only(whole, { sections: ['2'] })).sort()).toEqual(['codiceFiscale', 'codiceFiscaleValidato', 'generalita', 'idANPR', 'stato']);
    expect(only(whole, { sections: [] })).toEqual({ idANPR: ID_ANPR, stato: 'deceduto', generalita: {} });
  });

  it('comes with a word that nobody asked whether she is alive, where the e-service does not say', () => {
    for (const casoUso of ['C015', 'C018', 'C030'] as const) {
      expect(codes(ok([soggetto()]), { casoUso })).toEqual(['stato-non-verificato']);
      expect(only(ok([soggetto()]), { casoUso })).not.toHaveProperty('stato');
    }
    expect(only(ok([soggetto({ datiDecesso: { dataEvento: '2024-05-06' } })]), { casoUso: 'C018' }).stato).toBe('deceduto');
    expect(codes(ok([soggetto(alive('S'))]), { casoUso: 'C019' })).toEqual([]);
  });

  it('comes with the warnings of ANPR', () => {
    expect(codes(ok([soggetto()], { listaAnomalie: [CODE_WARNING] }))).toEqual(['EN148']);
  });

  it('may have another codice fiscale today, which is said', () => {
    expect(codes(ok([soggetto()]), { codiceFiscale: 'SNTPRV85C55H50MZ' })).toEqual(['codice-fiscale-cambiato']);
  });
});

describe('a family', () => {
  const member = (idANPR: string, codiceLegame: string) => ({ generalita: generalita({ codiceFiscale: { codFiscale: idANPR } }), identificativi: { idANPR }, legameSoggetto: { tipoLegame: '3', codiceLegame } });
  const family = ok([member('ZZ00001ZZ', '01'), member(ID_ANPR, '02'), member('ZZ00002ZZ', '3'), member('ZZ00003ZZ', '77')]);

  it('has all its members, the one that was asked about first', () => {
    const { esito, soggetti } = answered(family, { casoUso: 'C021', codiceFiscale: undefined });
    expect([esito, ...soggetti.map(({ idANPR }) => idANPR)]).toEqual(['trovato', ID_ANPR, 'ZZ00001ZZ', 'ZZ00002ZZ', 'ZZ00003ZZ']);
    expect(soggetti.map((person) => (person as { legame?: { descrizione: string } }).legame?.descrizione)).toEqual(['Marito / Moglie', 'Intestatario Scheda', 'Figlio / Figlia', '77']);
  });

  it('that she does not belong to is not the answer', () => {
    expect(told(family, { casoUso: 'C021', criteri: { idANPR: 'ZZ00009ZZ' }, codiceFiscale: undefined })).toMatchObject({ kind: 'failed', problem: 'risposta-non-coerente' });
  });

  it('in a community has the ties of a community', () => {
    expect(only(ok([soggetto({ legameSoggetto: { tipoLegame: '4', codiceLegame: '1' } })]), { casoUso: 'C021' })).toHaveProperty('legame', { codice: '1', descrizione: 'Responsabile convivenza', tipo: 'convivenza' });
  });
});

describe('an answer about somebody else', () => {
  it.each([
    ['another idANPR', { idANPR: 'ZZ00009ZZ' }, undefined],
    ['another codice fiscale', { codiceFiscale: 'SNTPRV85C55H50MZ' }, undefined],
    ['another name', { cognome: 'ALTRI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'ROMA', provincia: 'RM' } } }, undefined],
  ] as const)('with %s is never disclosed', (_, criteri, codiceFiscale) => {
    expect(told(ok([soggetto()]), { criteri, codiceFiscale })).toEqual({ kind: 'failed', problem: 'risposta-non-coerente', detail: 'persona-diversa', anprOperationId: '900000000001' });
  });

  it('with another codice fiscale and no idANPR is never disclosed, also where an idANPR was asked', () => {
    expect(told(ok([{ generalita: generalita() }]), { codiceFiscale: 'SNTPRV85C55H50MZ' })).toMatchObject({ problem: 'risposta-non-coerente' });
  });

  it('is not what C030 gives, which says an idANPR alone', () => {
    const criteri = { cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'ROMA', provincia: 'RM' } } } as const;
    expect(only(ok([{ identificativi: { idANPR: ID_ANPR } }]), { casoUso: 'C030', criteri })).toHaveProperty('idANPR', ID_ANPR);
  });
});

describe('several people', () => {
  it('are only counted', () => {
    expect(answered(ok([soggetto(), soggetto({ identificativi: { idANPR: 'ZZ00009ZZ' } })]), { criteri: { codiceFiscale: CODICE_FISCALE } })).toMatchObject({ esito: 'ambiguo', numeroSoggetti: 2, soggetti: [] });
  });

  it('are one where the cards are of one idANPR', () => {
    expect(answered(ok([soggetto({ datiCancellazione: { motivoCancellazione: '6' } }), soggetto()])).soggetti).toMatchObject([{ stato: 'attivo' }]);
  });
});

describe('where only residents may be looked at', () => {
  const residenti = { territorio: 'residenti', codiceFiscale: undefined } as const;

  it('a resident is found', () => {
    expect(answered(ok([soggetto({ residenza: [residenza()] })]), residenti).esito).toBe('trovato');
  });

  it.each([
    ['lives elsewhere', 200, ok([soggetto({ residenza: [residenza(ELSEWHERE)] })])],
    ['has lived here', 200, ok([soggetto({ residenza: [residenza(OWN, { dataDecorrenzaResidenza: '2010-01-01' }), residenza(ELSEWHERE)] })])],
    ['has no address', 200, ok([soggetto()])],
    ['lives abroad', 200, ok([soggetto({ residenza: [{ tipoIndirizzo: '4', localitaEstera: {} }] })])],
    ['lives elsewhere, with a warning', 200, ok([soggetto({ residenza: [residenza(ELSEWHERE)] })], { listaAnomalie: [CODE_WARNING] })],
    ['was cancelled', 404, ko(errore('EN122', 'Soggetto cancellato da ANPR'))],
    ['is not registered', 404, ko(errore('EN122', 'Soggetto non registrato in ANPR'))],
  ])('who %s is not found, in the same words as anybody', (_, status, body) => {
    expect({ ...told(body, residenti, status), anprOperationId: undefined }).toEqual({ ...NOT_FOUND, anprOperationId: undefined });
  });

  it('homonyms who live elsewhere are not even counted', () => {
    const criteri = { cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'ROMA', provincia: 'RM' } } } as const;
    const body = ok([soggetto({ residenza: [residenza()] }), soggetto({ identificativi: { idANPR: 'ZZ00009ZZ' }, residenza: [residenza(ELSEWHERE)] })]);
    expect(answered(body, { ...residenti, criteri })).toMatchObject({ esito: 'trovato', soggetti: [{ idANPR: ID_ANPR }] });
    expect(answered(body, { criteri })).toMatchObject({ esito: 'ambiguo', numeroSoggetti: 2 });
  });
});

describe('a verification', () => {
  it.each([
    ['C003', info('1002', "Verifica generalita'", 'S'), 'confermato'],
    ['C003', info('1002', "Verifica generalita'", 'N', { dettaglio: 'Dato non corrispondente' }), 'non-confermato'],
    ['C003', info('1002', "Verifica generalita'", 'A'), 'indeterminato'],
    ['C003', info('1003', 'Verifica esistenza in vita', 'S'), 'indeterminato'],
    ['C007', info('1003', 'un’altra chiave', 'S'), 'confermato'],
    ['C007', info('', 'VERIFICA ESISTENZA IN VITA', 'n'), 'non-confermato'],
    ['C008', info('1009', 'Verifica residenza', 'S'), 'confermato'],
    ['C008', info('1009', 'Verifica residenza', ''), 'indeterminato'],
  ] as const)('over %s of %j is %s, without a person', (casoUso, entry, esito) => {
    expect(answered(ok([{ infoSoggettoEnte: [entry] }]), { casoUso })).toMatchObject({ esito, soggetti: [] });
  });

  it('with one no among its answers is a no', () => {
    expect(answered(ok([{ infoSoggettoEnte: [info('1002', '', 'S'), info('1002', '', 'N')] }]), { casoUso: 'C003' }).esito).toBe('non-confermato');
  });

  it('about somebody dead that ANPR does not do says nothing', () => {
    expect(told(ko(errore('EN148', 'Operazione non effettuabile sul soggetto')), { casoUso: 'C003' }, 400)).toMatchObject({ esito: 'indeterminato', soggetti: [] });
  });

  it('of life that says neither yes nor no says so also when it is asked as data', () => {
    expect(answered(ok([soggetto(alive('A'))]), { casoUso: 'C019' })).toMatchObject({ esito: 'indeterminato', soggetti: [] });
    expect(answered(ok([soggetto(alive('S'))]), { casoUso: 'C019' })).toMatchObject({ esito: 'trovato', soggetti: [{ stato: 'attivo' }] });
  });
});

describe('nobody', () => {
  it.each([
    ['registered', 404, ko(errore('EN122', 'Soggetto non registrato in ANPR')), ['non-trovato']],
    ['by the old words', 404, ko(errore('EN122', 'La richiesta effettuata non produce alcun risultato')), ['non-trovato']],
    ['after a warning about the codice fiscale', 404, ko(CODE_WARNING, errore('EN122', 'Soggetto non registrato in ANPR')), ['non-trovato']],
    ['any more', 404, ko(errore('EN122', 'Soggetto cancellato da ANPR')), ['non-trovato', 'cancellato']],
    ['in a list that is empty', 200, ok([]), ['non-trovato']],
    ['in an answer with warnings alone', 200, { listaAnomalie: [CODE_WARNING] }, ['non-trovato']],
    ['by an error that came as a 200', 200, { listaAnomalie: [errore('EN122', 'Soggetto non registrato in ANPR')] }, ['non-trovato']],
  ])('is there %s', (_, status, body, said) => {
    expect(answered(body, {}, status)).toMatchObject({ esito: 'non-trovato', soggetti: [] });
    expect(codes(body, {}, status)).toEqual(said);
  });
});

describe('a refusal', () => {
  it('quotes nothing of a title that is not a name', () => {
    expect(told(frontEnd(400, 'Il signor Rossi'), {}, 400)).toMatchObject({ detail: '400' });
  });

  it('keeps the places of birth out of what is compared', () => {
    const criteri = { cognome: 'Sintetici', nome: 'Prova', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'UN ALTRO', provincia: 'RM' } } } as const;
    expect(answered(ok([soggetto({ generalita: generalita({ luogoNascita: { comune: comuneJson(ELSEWHERE) } }) })]), { criteri, codiceFiscale: undefined }).esito).toBe('trovato');
  });
});
