import { describe, expect, it } from 'vitest';
import { LookupRequest } from './lookup.http.js';

const PERSON = { cognome: 'Esempi', nome: 'Prova', sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'Roma', provincia: 'RM' } } };
const BY_CODE = { codiceFiscale: 'SNTPRV85C55H501U' };
const RESIDENCE = { comune: { nome: 'Roma', provincia: 'RM' }, toponimo: { specie: 'Via', denominazione: 'Delle Prove' }, numeroCivico: { numero: '7' } };
const request = (changes: object) => ({ servizio: 'residenza', soggetto: BY_CODE, motivo: 'TRIB-01', ...changes });
const faults = (changes: object): readonly string[] => LookupRequest.safeParse(request(changes)).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
const asking = (changes: object): object => ({ soggetto: { ...PERSON, ...changes } });

describe('a person asked about by generalità', () => {
  it.each([
    ['without a surname', { cognome: undefined, senzaCognome: true }],
    ['without a name', { nome: undefined, senzaNome: true }],
    ['born on a day that is not known', { dataNascita: '1985-03' }],
    ['born in a month that is not known', { dataNascita: '1985' }],
    ['with letters that are near to ANPR’s', { cognome: 'Șerban Țepeș', nome: 'Nguyễn D’Àmbra' }],
    ['born in a Comune of two names', { luogoNascita: { comune: { nome: 'Bolzano/Bozen', provincia: 'bz' } } }],
  ])('may be %s', (_, changes) => {
    expect(faults(asking(changes))).toEqual([]);
  });

  it('is kept as it was given: what is sent to ANPR is folded when it leaves', () => {
    expect(LookupRequest.parse(request(asking({ cognome: ' Șerban ' }))).soggetto).toMatchObject({ cognome: 'Șerban' });
  });

  it.each([
    ['cognome', 'in Cyrillic', { cognome: 'Иванов' }],
    ['cognome', 'in Greek', { cognome: 'Παπαδόπουλος' }],
    ['nome', 'in Chinese', { nome: '李' }],
    ['nome', 'with a digit', { nome: 'Prova 2' }],
    ['cognome', 'that grows past its length when folded', { cognome: `${'A'.repeat(79)}ẞ` }],
    ['luogoNascita.comune.nome', 'in Arabic', { luogoNascita: { comune: { nome: 'روما', provincia: 'RM' } } }],
    ['luogoNascita.estero.stato', 'in Cyrillic', { luogoNascita: { estero: { codiceStato: '245', stato: 'Россия' } } }],
  ])('is refused where %s is %s, by the name of the field', (field, _, changes) => {
    expect(faults(asking(changes))).toEqual([`soggetto.${field}: ha caratteri che ANPR non ammette: usare lettere dell’alfabeto latino`]);
  });

  it.each([
    ['with a surname and none', { senzaCognome: true }, 'soggetto.cognome: serve cognome, o senzaCognome: uno solo dei due'],
    ['with neither', { nome: undefined }, 'soggetto.nome: serve nome, o senzaNome: uno solo dei due'],
    ['with nothing at all', { cognome: undefined, senzaCognome: true, nome: undefined, senzaNome: true }, 'soggetto.senzaNome: senza cognome né nome una persona non si può cercare'],
    ['born on 30 February', { dataNascita: '1985-02-30' }, 'soggetto.dataNascita: un giorno che esiste'],
    ['born in a thirteenth month', { dataNascita: '1985-13' }, 'soggetto.dataNascita: una data come 1980-02-29, o la sua parte nota: 1980-02, 1980'],
    ['born in the year zero', { dataNascita: '0000' }, 'soggetto.dataNascita: un giorno che esiste'],
  ])('is refused %s', (_, changes, fault) => {
    expect(faults(asking(changes))).toEqual([fault]);
  });

  it('with a name that is empty or too long has one fault, not two', () => {
    expect(faults(asking({ cognome: ' ' }))).toHaveLength(1);
    expect(faults(asking({ cognome: '李'.repeat(81) }))).toHaveLength(1);
  });
});

describe('what is declared', () => {
  const verify = (servizio: string, changes: object = {}) => faults({ servizio, modalita: 'verifica', ...changes });
  const generalita = { cognome: 'Esempi', nome: 'Prova' };

  it.each([
    ['generalità, for somebody asked by a code', 'generalita', { dichiarati: { generalita } }],
    ['all generalità', 'generalita', { dichiarati: { generalita: { ...PERSON, ...BY_CODE } } }],
    ['generalità of one without a surname, in a year', 'generalita', { dichiarati: { generalita: { senzaCognome: true, nome: 'Prova', dataNascita: '1985' } } }],
    ['nothing, where the person is asked by generalità', 'generalita', { soggetto: PERSON }],
    ['a residence', 'residenza', { dichiarati: { residenza: RESIDENCE } }],
    ['a residence abroad', 'residenza', { dichiarati: { residenza: { estero: { codiceStato: '203', stato: 'Austria', localita: 'Vienna', indirizzo: 'Ring 1' } } } }],
    ['nothing, of a life', 'esistenza-in-vita', {}],
  ])('may be %s', (_, servizio, changes) => {
    expect(verify(servizio, changes)).toEqual([]);
  });

  it.each<[string, object, readonly string[]]>([
    ['nothing of generalità', { servizio: 'generalita', modalita: 'verifica' }, ['dichiarati.generalita: la verifica di generalita chiede le generalità da confermare']],
    ['nothing of a residence', { modalita: 'verifica' }, ['dichiarati.residenza: la verifica di residenza chiede la residenza da confermare']],
    ['a residence beside generalità', { servizio: 'generalita', modalita: 'verifica', dichiarati: { generalita, residenza: RESIDENCE } }, ['dichiarati.residenza: la verifica di generalita non riguarda la residenza']],
    ['generalità for a residence', { modalita: 'verifica', dichiarati: { generalita } }, ['dichiarati.generalita: la verifica di residenza non riguarda le generalità', 'dichiarati.residenza: la verifica di residenza chiede la residenza da confermare']],
    ['anything of a life', { servizio: 'esistenza-in-vita', modalita: 'verifica', dichiarati: {} }, ['dichiarati: la verifica di esistenza-in-vita non chiede dati dichiarati']],
    ['anything where data are asked for', { dichiarati: { residenza: RESIDENCE } }, ['dichiarati: in consultazione non si dichiara nulla: serve modalita verifica']],
    ['a name in another alphabet', { servizio: 'generalita', modalita: 'verifica', dichiarati: { generalita: { ...generalita, nome: '李' } } }, ['dichiarati.generalita.nome: ha caratteri che ANPR non ammette: usare lettere dell’alfabeto latino']],
    ['a street in another alphabet', { modalita: 'verifica', dichiarati: { residenza: { ...RESIDENCE, toponimo: { specie: 'Via', denominazione: 'Жукова' } } } }, ['dichiarati.residenza.toponimo.denominazione: ha caratteri che ANPR non ammette: usare lettere dell’alfabeto latino']],
    ['a house number in words', { modalita: 'verifica', dichiarati: { residenza: { ...RESIDENCE, numeroCivico: { numero: 'sette' } } } }, ['dichiarati.residenza.numeroCivico.numero: numero civico: da una a cinque cifre']],
  ])('is refused when it is %s', (_, changes, expected) => {
    const issues = LookupRequest.safeParse(request(changes)).error?.issues ?? [];
    const flat = issues.flatMap((issue) => (issue.code === 'invalid_union' ? (issue.errors[0] ?? []).map((one) => ({ ...one, path: [...issue.path, ...one.path] })) : [issue]));
    expect(flat.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual(expected);
  });
});

describe('a pratica', () => {
  it.each(['2026/004512', 'Prot. n. 12 del 3/1/2026 – Àmbito'])('may be any line: %s', (pratica) => expect(faults({ pratica })).toEqual([]));
  it.each(['due\nrighe', 'a\u0000b', 'a\u2028b'])('is refused with what belongs to no reference of a file', (pratica) => expect(faults({ pratica })).toEqual(['pratica: su una riga, senza caratteri di controllo']));
});
