import { Persona } from '@geres/contracts';
import { describe, expect, it } from 'vitest';
import { answer, cancelled, card, CODICE_FISCALE, comuneXml, died, errore, fault, OPERATION, OWN, refusal, residence } from '../../testing/soap-answers.js';
import type { Normalised } from '../outcomes.js';
import { normalise, type Question } from './normalise.js';
import { parseRisposta3002 } from './response.js';
import type { Criteri } from './request.js';

const ELSEWHERE = '999002';
const question = (changes: Partial<Question> = {}): Question => ({
  idOperazione: OPERATION,
  comuneIstat: OWN,
  criteri: { codiceFiscale: CODICE_FISCALE },
  territorio: 'nazionale',
  sections: ['2', '10', '27', '28'],
  // The Comune that asks has had another ISTAT code.
  catastaleOf: (istat) => ({ [OWN]: 'Z999', '998001': 'Z999', '058091': 'H501' })[istat],
  ...changes,
});
const GENERALITA: Criteri = { cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'ROMA', provincia: 'RM' } } };

const told = (xml: string, changes: Partial<Question> = {}): Normalised => normalise(parseRisposta3002(xml), question(changes));
const of = (cards: readonly string[], changes: Partial<Question> = {}): Normalised => told(answer(cards), changes);
const person = (normalised: Normalised): Persona => {
  if (normalised.kind !== 'answered' || normalised.soggetti.length !== 1) throw new Error(`nobody: ${JSON.stringify(normalised)}`);
  return Persona.parse(normalised.soggetti[0]);
};
const warnings = (normalised: Normalised): readonly string[] => (normalised.kind === 'answered' ? normalised.avvertenze.map(({ codice }) => codice) : []);

describe('a person found', () => {
  it('is told with who she is and where she lives', () => {
    const normalised = of([card({ idANPR: 'ZZ00001X6', validitaCF: '1', sezioni: residence() })]);
    expect(normalised).toMatchObject({ kind: 'answered', esito: 'trovato', avvertenze: [], anprOperationId: '99000000001' });
    expect(person(normalised)).toEqual({
      idANPR: 'ZZ00001X6',
      codiceFiscale: CODICE_FISCALE,
      codiceFiscaleValidato: true,
      stato: 'attivo',
      generalita: { cognome: 'SINTETICI', nome: 'PROVA', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { codiceIstat: '058091', codiceCatastale: 'H501', nome: 'ROMA', provincia: 'RM' } } },
      residenza: [
        {
          tipo: 'residenza',
          indirizzoCompleto: 'Via DELLE PROVE 7, 00183 COMUNE DI ESEMPIO (ZZ)',
          comune: { codiceIstat: OWN, codiceCatastale: 'Z999', nome: 'COMUNE DI ESEMPIO', provincia: 'ZZ' },
          cap: '00183',
          toponimo: { specie: 'VIA', denominazione: 'DELLE PROVE' },
          numeroCivico: { numero: '7' },
          decorrenza: '2019-06-01',
        },
      ],
    });
  });

  it('says nothing of the sections that were not admitted, even if ANPR sends them', () => {
    const everything = residence() + cancelled('6', '2020-01-15') + died('2023-02-11');
    expect(Object.keys(person(of([card({ sezioni: everything })], { sections: ['2'] })))).toEqual(['codiceFiscale', 'stato', 'generalita']);
  });

  it('keeps nothing of a section that nobody reads', () => {
    const document = '<statoCivile><statoCivile>2</statoCivile></statoCivile><cartaIdentita><numero>ZZ00000ZZ</numero></cartaIdentita>';
    expect(JSON.stringify(of([card({ sezioni: document })]))).not.toMatch(/ZZ00000ZZ|statoCivile/i);
  });

  it.each([
    ['<dataNascita>1985-03-15+01:00</dataNascita>', '1985-03-15'],
    ['<dataNascita>1985-03-01</dataNascita><senzaGiorno>1</senzaGiorno>', '1985-03'],
    ['<dataNascita>1985-01-01</dataNascita><senzaGiornoMese>1</senzaGiornoMese>', '1985'],
    ['', undefined],
  ])('was born on what is known of the day: %s', (nato, known) => {
    expect(person(of([card({ nato })])).generalita.dataNascita).toBe(known);
  });

  it.each([
    ['abroad', '<localita><descrizioneLocalita>TIRANA</descrizioneLocalita><descrizioneStato>ALBANIA</descrizioneStato><codiceStato>201</codiceStato></localita>', { estero: { codiceStato: '201', stato: 'ALBANIA', localita: 'TIRANA' } }],
    ['in a Comune that is no more', '<comune><nomeComune>ESEMPIO SOPPRESSO</nomeComune><siglaProvinciaIstat>ZZ</siglaProvinciaIstat></comune>', { comune: { nome: 'ESEMPIO SOPPRESSO', provincia: 'ZZ' } }],
    ['in a place of its own kind', '<luogoEccezionale>IN MARE</luogoEccezionale>', { eccezionale: 'IN MARE' }],
  ])('was born %s', (_, luogo, expected) => {
    expect(person(of([card({ luogo })])).generalita.luogoNascita).toEqual(expected);
  });

  it('may have no surname or no name', () => {
    const { generalita } = person(of([card({ cognome: undefined })]));
    expect([generalita.cognome, generalita.nome]).toEqual([undefined, 'PROVA']);
    expect(person(of([card({ nome: undefined })])).generalita.nome).toBeUndefined();
  });

  it('has the citizenships, the civil status and the tie that were asked for', () => {
    const sezioni =
      '<statoCivile><statoCivile>02</statoCivile><noteStatoCivile>NOTA</noteStatoCivile></statoCivile>' +
      '<cittadinanza><descrizioneStato>ITALIA</descrizioneStato><codiceStato>100</codiceStato><dataValidita>1985-03-15+01:00</dataValidita></cittadinanza><cittadinanza><descrizioneStato>ALBANIA</descrizioneStato><codiceStato>201</codiceStato><noteStato>NOTA</noteStato></cittadinanza>' +
      '<legameSoggetto><tipoLegame>5</tipoLegame><dataDecorrenza>2019-06-01</dataDecorrenza><codiceLegame>03</codiceLegame><progressivoComponente>2</progressivoComponente><dataDecorrenzaLegame>2020-01-31</dataDecorrenzaLegame></legameSoggetto>';
    const all = ['2', '3', '6', '21', '27', '28'];
    expect(person(of([card({ sezioni })], { sections: all }))).toMatchObject({
      cittadinanza: [{ codiceStato: '100', stato: 'ITALIA', dataValidita: '1985-03-15' }, { codiceStato: '201', stato: 'ALBANIA', note: 'NOTA' }],
      statoCivile: { codice: '02', descrizione: 'Coniugato/a', note: 'NOTA' },
      legame: { codice: '03', descrizione: 'Figlio / Figlia', tipo: 'famiglia-aire', decorrenza: '2019-06-01', decorrenzaLegame: '2020-01-31', progressivo: '2' },
    });
    expect(Object.keys(person(of([card({ sezioni })], { sections: ['2', '27', '28'] })))).toEqual(['codiceFiscale', 'stato', 'generalita']);
  });

  it('has no word for what ANPR did not say, and the code for what no table has', () => {
    const tie = (inside: string) => person(of([card({ sezioni: `<legameSoggetto>${inside}</legameSoggetto>` })], { sections: ['2', '3', '6', '21', '27', '28'] }));
    expect(tie('<dataDecorrenza>2019-06-01</dataDecorrenza>')).not.toHaveProperty('legame');
    expect(tie('<dataDecorrenza>2019-06-01</dataDecorrenza><codiceLegame>1</codiceLegame>')).toMatchObject({ cittadinanza: [], legame: { codice: '1', descrizione: 'Intestatario Scheda', tipo: 'famiglia' } });
    expect(tie('<tipoLegame>8</tipoLegame><codiceLegame>77</codiceLegame>')).toMatchObject({ legame: { codice: '77', descrizione: '77', tipo: '8' } });
  });

  it('is decoded by the tables that were downloaded, where they were', () => {
    const tables = new Map([['15', new Map([['6', 'Irreperibilità accertata'], ['77', 'Un motivo nuovo']])], ['25', new Map([['1', 'Residenza anagrafica'], ['12', 'Indirizzo d’Emergenza']])]]);
    const reason = (motivo: string) => person(of([card({ sezioni: cancelled(motivo, '2020-01-15') })], { tables })).cancellazione?.motivo;
    expect([reason('06'), reason('77'), reason('7'), reason('78')]).toEqual(['Irreperibilità accertata', 'Un motivo nuovo', 'Mancato rinnovo dimora abituale/permesso di soggiorno', '78']);
    const kind = (tipo: string) => person(of([card({ sezioni: residence({ tipo }) })], { tables })).residenza?.[0]?.tipo;
    expect([kind('1'), kind('12'), kind('13')]).toEqual(['residenza', 'indirizzo-d-emergenza', '13']);
  });

  it('has no standing where nothing was asked that tells it', () => {
    expect(person(of([card()], { sections: ['2', '28'] }))).not.toHaveProperty('stato');
    expect(person(of([card()], { sections: ['2', '27', '28'] })).stato).toBe('attivo');
  });

  it.each([['1', true], ['01', true], ['9', false], ['7', false]])('has a codice fiscale that is validated or not: %s', (validitaCF, validated) => {
    expect(person(of([card({ validitaCF })])).codiceFiscaleValidato).toBe(validated);
  });

  it('is told with the warnings of ANPR beside her', () => {
    const normalised = told(answer([card()], { warnings: errore('EC056', 'Comune di residenza non valido', 'W') + errore('', 'senza codice', 'W') }));
    expect(normalised).toMatchObject({ esito: 'trovato', avvertenze: [{ codice: 'EC056', testo: 'Comune di residenza non valido' }, { codice: 'avviso', testo: 'senza codice' }] });
  });
});

describe('a person who is no longer registered', () => {
  it.each([
    ['cancelled', cancelled('6', '2020-01-15'), { stato: 'cancellato', cancellazione: { motivo: 'Irreperibilità', decorrenza: '2020-01-15' } }],
    ['cancelled for a reason written with a zero', cancelled('06', '2020-01-15+01:00'), { stato: 'cancellato', cancellazione: { motivo: 'Irreperibilità', decorrenza: '2020-01-15' } }],
    ['cancelled for a reason that is not known yet', cancelled('77', '2020-01-15'), { stato: 'cancellato', cancellazione: { motivo: '77', decorrenza: '2020-01-15' } }],
    ['dead, by the reason of her cancellation', cancelled('1', '2023-02-11'), { stato: 'deceduto', cancellazione: { motivo: 'Morte accertata' } }],
    ['dead, by a reason written with a zero', cancelled('02', '2023-02-11'), { stato: 'deceduto' }],
    ['dead', died('2023-02-11'), { stato: 'deceduto', decesso: { data: '2023-02-11' } }],
    ['dead on a day that is not known', died('2023-02-01', '<senzaGiorno>1</senzaGiorno>'), { stato: 'deceduto', decesso: { data: '2023-02' } }],
  ])('is found and %s', (_, sezioni, expected) => {
    expect(person(of([card({ sezioni })]))).toMatchObject(expected);
  });

  it('of an Italian abroad has the reasons of that registry', () => {
    expect(person(of([card({ aire: true, sezioni: cancelled('5', '2020-01-15') })]))).toMatchObject({ aire: true, cancellazione: { motivo: 'Irreperibilità presunta' } });
  });
});

describe('several cards of one person', () => {
  const old = card({ sezioni: residence({ istat: ELSEWHERE }) + cancelled('3', '2021-09-01') });
  const now = card({ sezioni: residence() });

  it.each([[[old, now]], [[now, old]]])('are told by the active one', (cards) => {
    const normalised = of(cards);
    expect(person(normalised)).toMatchObject({ stato: 'attivo', residenza: [{ comune: { codiceIstat: OWN } }] });
    expect(normalised).not.toHaveProperty('numeroSoggetti');
  });

  it('are told by the one that ended last, when all ended', () => {
    const cards = [card({ sezioni: cancelled('6', '2010-05-05') }), card({ sezioni: cancelled('1', '2023-02-11') + died('2023-02-10') }), card({ sezioni: cancelled('7', '2015-01-01') })];
    expect(person(of(cards))).toMatchObject({ stato: 'deceduto', decesso: { data: '2023-02-10' } });
  });

  it('are one person by idANPR, also when the codice fiscale has changed', () => {
    const cards = [card({ idANPR: 'ZZ00001X6', sezioni: cancelled('3', '2021-09-01') }), card({ idANPR: 'ZZ00001X6', codiceFiscale: 'SNTPRV85C55Z100A' })];
    const normalised = of(cards);
    expect(person(normalised)).toMatchObject({ codiceFiscale: 'SNTPRV85C55Z100A', stato: 'attivo' });
    expect(warnings(normalised)).toEqual(['codice-fiscale-cambiato']);
  });

  it('are one person when only one of them tells the idANPR', () => {
    expect(person(of([card(), card({ idANPR: 'ZZ00001X6', sezioni: cancelled('3', '2021-09-01') })])).stato).toBe('attivo');
  });

  it('are two people when two idANPR share a codice fiscale', () => {
    expect(of([card({ idANPR: 'ZZ00001X6' }), card({ idANPR: 'ZZ00002X5' })])).toMatchObject({ esito: 'ambiguo', numeroSoggetti: 2, soggetti: [] });
  });
});

describe('several people', () => {
  const twin = card({ codiceFiscale: 'SNTPRV85C55H50MZ', sezioni: residence() });

  it('are counted and not shown', () => {
    const normalised = of([card({ sezioni: residence() }), twin, card({ codiceFiscale: undefined })], { criteri: GENERALITA });
    expect(normalised).toMatchObject({ kind: 'answered', esito: 'ambiguo', numeroSoggetti: 3, soggetti: [] });
    expect(warnings(normalised)).toEqual(['ambiguo']);
    expect(JSON.stringify(normalised)).not.toContain('SINTETICI');
  });

  it.each(['EN131', 'EN115', 'EN175', 'E003'])('are told in the same words when ANPR only says that there are: %s', (codice) => {
    const counted = of([card(), twin], { criteri: GENERALITA });
    expect({ ...told(refusal(errore(codice))), numeroSoggetti: 2 }).toEqual(counted);
  });
});

describe('an address', () => {
  const addresses = (sezioni: string, aire = false): Normalised => of([card({ aire, sezioni })]);
  const streets = (normalised: Normalised): readonly (string | undefined)[] => person(normalised).residenza!.map(({ toponimo }) => toponimo?.denominazione);

  it('of residence counts before one that waits for its new name', () => {
    expect(streets(addresses(residence({ via: 'VECCHIA' }) + residence({ tipo: '10', via: 'NUOVA', dal: '2024-02-01' })))).toEqual(['VECCHIA']);
  });

  it('of residence counts before the habitual abode, which counts before the rest', () => {
    expect(streets(addresses(residence({ tipo: '2', via: 'DIMORA', dal: '2025-01-01' }) + residence({ via: 'RESIDENZA' })))).toEqual(['RESIDENZA']);
    expect(streets(addresses(residence({ tipo: '7', via: 'ULTIMA', dal: '2025-01-01' }) + residence({ tipo: '02', via: 'DIMORA' })))).toEqual(['DIMORA']);
    expect(streets(addresses(residence({ tipo: '7', via: 'ULTIMA' })))).toEqual(['ULTIMA']);
  });

  it('abroad counts first for an Italian who lives there, and not for a resident', () => {
    const abroad = '<residenza><tipoIndirizzo>4</tipoIndirizzo><localitaEstera><consolato><codiceConsolato>1</codiceConsolato><descrizioneConsolato>LIMA</descrizioneConsolato></consolato></localitaEstera></residenza>';
    expect(person(addresses(residence() + abroad, true)).residenza).toEqual([{ tipo: 'residenza-estera', estero: { consolato: 'LIMA' } }]);
    expect(streets(addresses(residence() + abroad))).toEqual(['DELLE PROVE']);
    expect(streets(addresses(residence(), true))).toEqual(['DELLE PROVE']);
  });

  it('of several of one kind is the latest', () => {
    const normalised = addresses(residence({ via: 'PRIMA', dal: '2001-01-01+01:00' }) + residence({ via: 'DOPO', dal: '2020-01-01' }) + residence({ via: 'MAI', dal: undefined }));
    expect(streets(normalised)).toEqual(['DOPO']);
    expect(warnings(normalised)).toEqual([]);
  });

  it('that nothing tells from another is told with it, and flagged', () => {
    const normalised = addresses(residence({ via: 'UNA' }) + residence({ via: 'ALTRA' }));
    expect(streets(normalised)).toEqual(['UNA', 'ALTRA']);
    expect(warnings(normalised)).toEqual(['piu-indirizzi']);
  });

  it('may be missing', () => {
    expect(person(addresses('')).residenza).toEqual([]);
  });
});

describe('the answer about somebody else is never told', () => {
  const incoherent = (detail: string) => ({ kind: 'failed', problem: 'risposta-non-coerente', detail, anprOperationId: '99000000001' });

  it('when it answers another operation', () => {
    expect(told(answer([card()], { operation: '01JGATEWAY0EXAMP0000000002' }))).toEqual(incoherent('operazione-diversa'));
    expect(told(answer([card()]).replace(/<idOperazioneComune>.*<\/idOperazioneComune>/, ''))).toEqual(incoherent('operazione-diversa'));
    expect(told(refusal(errore('EN122'), '01JGATEWAY0EXAMP0000000002'))).toEqual(incoherent('operazione-diversa'));
  });

  it('but a refusal before the header was read has no operation', () => {
    expect(told(refusal(errore('EN489')).replace(/<idOperazioneComune>.*<\/idOperazioneComune>/, ''))).toMatchObject({ problem: 'anpr-ha-rifiutato', detail: 'EN489' });
  });

  it.each([
    ['another codice fiscale', { codiceFiscale: 'SNTPRV85C56H501V' }],
    ['the same with an omocodia, which is another person', { codiceFiscale: 'SNTPRV85C55H50MU' }],
    ['none', { codiceFiscale: undefined }],
  ])('when it has %s', (_, parts) => {
    expect(of([card(parts)])).toEqual(incoherent('persona-diversa'));
    expect(of([card(), card(parts)])).toMatchObject({ problem: 'risposta-non-coerente' });
  });

  it('when the idANPR is another one', () => {
    expect(of([card({ idANPR: 'ZZ00002X5' })], { criteri: { idANPR: 'ZZ00001X6' } })).toEqual(incoherent('persona-diversa'));
    expect(person(of([card({ idANPR: 'zz00001x6' })], { criteri: { idANPR: 'ZZ00001X6' } })).stato).toBe('attivo');
    expect(person(of([card()], { criteri: { idANPR: 'ZZ00001X6' } })).stato).toBe('attivo');
  });

  it.each([
    ['surname', { cognome: 'SINTETICHI' }],
    ['absence of a surname', { cognome: undefined }],
    ['name', { nome: 'PROVINA' }],
    ['sex', { sesso: 'M' }],
    ['day of birth', { nato: '<dataNascita>1985-03-16</dataNascita>' }],
    ['month of birth', { nato: '<dataNascita>1985-04-01</dataNascita><senzaGiorno>1</senzaGiorno>' }],
  ])('when generalità were asked and come back with another %s', (_, parts) => {
    expect(of([card(parts)], { criteri: GENERALITA })).toEqual(incoherent('persona-diversa'));
  });

  it.each([
    ['an accent written as an apostrophe', { nome: "PROVÀ" }, { nome: "PROVA'" }],
    ['small letters', { cognome: 'Sintetici' }, {}],
    ['a double name with a hyphen', { cognome: 'SINTETICI SAGGI' }, { cognome: 'SINTETICI-SAGGI' }],
    ['a letter that was folded', { cognome: 'ȘINTETICI' }, { cognome: 'ŞINTETICI' }],
    ['a day of birth that ANPR does not know', {}, { nato: '<dataNascita>1985-03-01</dataNascita><senzaGiorno>1</senzaGiorno>' }],
    ['a sex that is not known', {}, { sesso: 'N' }],
  ])('but %s is the same person', (_, asked, found) => {
    expect(of([card(found)], { criteri: { ...GENERALITA, ...asked } })).toMatchObject({ esito: 'trovato' });
  });
});

describe('nobody found', () => {
  const notFound = told(refusal(errore('EN122')));

  it('is an answer, which says that it does not mean that there is nobody', () => {
    expect(notFound).toMatchObject({ kind: 'answered', esito: 'non-trovato', soggetti: [], avvertenze: [{ codice: 'non-trovato', testo: expect.stringContaining('Non vuol dire') as string }] });
  });

  it.each([
    ['nobody', answer([])],
    ['nobody, and a warning', answer([], { warnings: errore('EC056', 'qualcosa su qualcuno', 'W') })],
    ['nobody, in other words', refusal(errore('EN527') + errore('EN133', 'altre parole'))],
    ['somebody with another name', refusal(errore('EN068', 'il nome non coincide'))],
  ])('is told in the same words when ANPR answers: %s', (_, xml) => {
    expect(told(xml)).toEqual(notFound);
  });

  describe('among the residents of the Comune alone', () => {
    const residents: Partial<Question> = { territorio: 'residenti' };
    it.each(['EN122', 'EN133', 'EN167', 'EN204', 'EN210', 'EN492'])('is told in the same words, also when ANPR knows the person as another Comune’s: %s', (codice) => {
      expect(told(refusal(errore(codice)), residents)).toEqual(notFound);
    });

    it('is told in the same words when ANPR answers with a resident of another Comune', () => {
      expect(of([card({ sezioni: residence({ istat: ELSEWHERE }) })], residents)).toEqual(notFound);
      expect(of([card({ sezioni: residence({ istat: ELSEWHERE }) })], { ...residents, sections: ['2'] })).toEqual(notFound);
    });

    it('does not hide a resident, under whatever ISTAT code of the Comune, nor one whose address is not told', () => {
      expect(person(of([card({ sezioni: residence() })], residents)).stato).toBe('attivo');
      expect(person(of([card({ sezioni: residence({ istat: '998001' }) })], residents)).stato).toBe('attivo');
      expect(person(of([card()], residents)).stato).toBe('attivo');
    });

    it('knows its own ISTAT code also when no Comune of the installation has it', () => {
      expect(of([card({ sezioni: residence({ istat: ELSEWHERE }) })], { ...residents, catastaleOf: () => undefined })).toEqual(notFound);
      expect(person(of([card({ sezioni: residence() })], { ...residents, catastaleOf: () => undefined })).stato).toBe('attivo');
    });
  });

  it('in the whole of ANPR is not what “not competent” means', () => {
    expect(told(refusal(errore('EN210')))).toMatchObject({ problem: 'anpr-ha-rifiutato', detail: 'EN210' });
    expect(told(refusal(errore('EN492')))).toMatchObject({ problem: 'anpr-non-disponibile', detail: 'EN492' });
  });
});

describe('what ANPR refuses or cannot do is told by its code alone', () => {
  it.each([
    ['a refusal', refusal(errore('EN527') + errore('EN493', 'L’operatore PROVA non ha i privilegi')), 'anpr-ha-rifiutato', 'EN493'],
    ['a code that nobody knows', refusal(errore('ZZ999', 'SNTPRV85C55H501U')), 'anpr-ha-rifiutato', 'ZZ999'],
    ['a refusal without errors', refusal(''), 'anpr-ha-rifiutato', 'senza-codice'],
    ['a code that is not one', refusal(errore('SNTPRV85C55H501U')), 'anpr-ha-rifiutato', 'senza-codice'],
    ['a family being registered', refusal(errore('EN214')), 'anpr-non-disponibile', 'EN214'],
    ['an operation that still runs', refusal(errore('EN148', 'operazione in corso')), 'anpr-non-disponibile', 'EN148'],
  ])('%s', (_, xml, problem, detail) => {
    expect(told(xml)).toEqual({ kind: 'failed', problem, detail, anprOperationId: '99000000001' });
  });

  it('also by a fault of the gateway before it', () => {
    expect(told(fault('Rejected by policy. (from client)'))).toEqual({ kind: 'failed', problem: 'anpr-ha-rifiutato', detail: 'fault-client-policy' });
    expect(told(fault('Internal error (from server)', 'env:Server'))).toEqual({ kind: 'failed', problem: 'anpr-non-disponibile', detail: 'fault-server' });
  });
});

it('a place of birth never makes the answer another person’s', () => {
  expect(of([card({ luogo: comuneXml('001001', 'NOME NUOVO', 'TO') })], { criteri: GENERALITA })).toMatchObject({ esito: 'trovato' });
});
