import type { Subject } from './subject.http.js';

/** What a keyed tag is made of: connector and monitoring compute the same tag from the same input, and nothing else is ever searched by. */
export interface TagInput {
  readonly kind: string;
  readonly value: string;
}

const upper = (text: string): string => text.normalize('NFC').toUpperCase().normalize('NFC').trim();

/** Letters and digits alone, without accents: “Nicolò D’Angelo”, “NICOLO' D ANGELO” and “NICOLO DANGELO” are one name. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');

/**
 * The inputs of the tags of a person, as asked about. Kinds: `cf` (upper case; a code with omocodia is another person's, so it is kept as it is), `id`
 * (idANPR), `generalita` (`COGNOME|NOME|SESSO|DATA|LUOGO`; the place is name and province in Italy, the State's code abroad, because the rest is
 * optional; a name that somebody has not is empty, and of a date the known part counts).
 */
export function subjectTagInputs(subject: Subject): readonly TagInput[] {
  if ('codiceFiscale' in subject) return [{ kind: 'cf', value: upper(subject.codiceFiscale) }];
  if ('idANPR' in subject) return [{ kind: 'id', value: upper(subject.idANPR) }];
  const { cognome, nome, sesso, dataNascita, luogoNascita } = subject;
  const place = 'comune' in luogoNascita ? `${plain(luogoNascita.comune.nome)} ${upper(luogoNascita.comune.provincia)}` : upper(luogoNascita.estero.codiceStato);
  return [{ kind: 'generalita', value: [plain(cognome ?? ''), plain(nome ?? ''), sesso, dataNascita, place].join('|') }];
}

/** The input of the tag of a pratica: case of letters and surrounding space do not tell two pratiche apart. */
export const caseTagInput = (pratica: string): TagInput => ({ kind: 'pratica', value: upper(pratica) });
