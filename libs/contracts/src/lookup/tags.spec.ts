import { describe, expect, it } from 'vitest';
import { caseTagInput, subjectTagInputs } from './tags.js';
import type { Subject } from './subject.http.js';

const born = { sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'Roma', provincia: 'RM' } } } as const;
const inputOf = (subject: Subject) => subjectTagInputs(subject)[0]!;

describe('what a tag is made of', () => {
  it('is the code alone for a codice fiscale or an idANPR, in one case of letters', () => {
    expect(inputOf({ codiceFiscale: 'sntprv85c55h501u' })).toEqual({ kind: 'cf', value: 'SNTPRV85C55H501U' });
    expect(inputOf({ idANPR: ' zy00001aj' })).toEqual({ kind: 'id', value: 'ZY00001AJ' });
  });

  it.each(['Nicolò', 'NICOLO’', "nicolo'", 'NICOLÒ'])('is the same for a name written %s', (nome) => {
    expect(inputOf({ cognome: 'D’Esempio', nome, ...born })).toEqual({ kind: 'generalita', value: 'DESEMPIO|NICOLO|F|1985-03-15|ROMA RM' });
  });

  it('is not the same for two people whose names run together alike', () => {
    expect(inputOf({ cognome: 'Esempi', nome: 'Oprova', ...born })).not.toEqual(inputOf({ cognome: 'Esempio', nome: 'Prova', ...born }));
  });

  it('has an empty place for a name that somebody has not, and the known part of a birth', () => {
    expect(inputOf({ senzaCognome: true, nome: 'Prova', ...born, dataNascita: '1985-03' })).toEqual({ kind: 'generalita', value: '|PROVA|F|1985-03|ROMA RM' });
  });

  it('has the State alone for whoever was born abroad', () => {
    expect(inputOf({ cognome: 'Esempio', nome: 'Prova', ...born, luogoNascita: { estero: { codiceStato: '201', stato: 'Albania', localita: 'Tirana' } } }).value).toMatch(/\|201$/);
  });

  it('is the same for a pratica in any case of letters', () => expect(caseTagInput(' prot/2026-a ')).toEqual(caseTagInput('PROT/2026-A')));
});
