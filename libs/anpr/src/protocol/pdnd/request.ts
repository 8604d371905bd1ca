import { ADDRESS_PARTS } from '@geres/contracts';
import { birthOf, namesOf, type Nominativo } from '../soap/names.js';
import type { Criteri, LuogoNascita } from '../soap/request.js';
import { NotSendable, sendable, sendableDay, sendableText } from '../soap/text.js';
import type { CasoUso } from './services.js';

/** Generalità that somebody has declared: names, and those of the others that are to be confirmed. */
export interface GeneralitaDichiarate extends Nominativo {
  readonly codiceFiscale?: string | undefined;
  readonly sesso?: 'M' | 'F' | undefined;
  /** Its known part. */
  readonly dataNascita?: string | undefined;
  readonly luogoNascita?: LuogoNascita | undefined;
}

/** A residence that somebody has declared, in Italy or of an Italian abroad. */
export type ResidenzaDichiarata =
  | {
      readonly comune: { readonly nome: string; readonly provincia: string; readonly codiceIstat?: string | undefined };
      readonly cap?: string | undefined;
      readonly toponimo: { readonly specie: string; readonly denominazione: string };
      readonly numeroCivico?: { readonly numero: string; readonly lettera?: string | undefined; readonly interno?: string | undefined } | undefined;
    }
  | { readonly estero: { readonly codiceStato: string; readonly stato: string; readonly localita?: string | undefined; readonly indirizzo?: string | undefined } };

/** What somebody has declared about the person, for ANPR to confirm. */
export interface Dichiarati {
  readonly generalita?: GeneralitaDichiarate | undefined;
  readonly residenza?: ResidenzaDichiarata | undefined;
}

/** One question to an e-service of ANPR. */
export interface DomandaE002 {
  readonly casoUso: CasoUso;
  /** At most 19 digits, never used for another question. */
  readonly idOperazione: string;
  readonly criteri: Criteri;
  readonly dichiarati?: Dichiarati | undefined;
  readonly dataRiferimento: string;
  /** Civil day in Europe/Rome: ANPR answers about it and the days before. */
  readonly oggi: string;
  /** Reference of the case file. */
  readonly motivo: string;
}

/** Lengths that ANPR does not publish. */
const MAX_MOTIVO = 100;
/** Printable: letters, digits, signs and blanks. A line break or a control character belongs to no reference of a file. */
const MOTIVO = /^[^\p{C}\p{Zl}\p{Zp}]+$/u;

/** `RichiestaE002`, serialised once: these bytes are hashed, signed and sent. Leaves are strings; what is absent is left out. Errors: `NotSendable`. */
export function buildRichiestaE002(domanda: DomandaE002): Buffer {
  const { casoUso, idOperazione, criteri, dichiarati = {}, dataRiferimento, oggi, motivo } = domanda;
  // Days sort as strings.
  if (sendableDay('dataRiferimento', dataRiferimento) > oggi) throw new NotSendable('dataRiferimento');
  if (motivo.length > MAX_MOTIVO || !MOTIVO.test(motivo)) throw new NotSendable('motivoRichiesta');
  const verifica = declared(casoUso, dichiarati);
  return Buffer.from(
    JSON.stringify({
      idOperazioneClient: sendable('idOperazioneClient', idOperazione, /^\d{1,19}$/),
      criteriRicerca: criteriRicerca(casoUso, criteri),
      ...(verifica ? { verifica } : {}),
      datiRichiesta: { dataRiferimentoRichiesta: dataRiferimento, motivoRichiesta: motivo, casoUso },
    }),
  );
}

function criteriRicerca(casoUso: CasoUso, criteri: Criteri): object {
  if ('codiceFiscale' in criteri) return { codiceFiscale: sendable('codiceFiscale', criteri.codiceFiscale, /^[0-9A-Z]{11,16}$/) };
  if ('idANPR' in criteri) {
    // Its schema lacks what it is there to find.
    if (casoUso === 'C030') throw new NotSendable('idANPR');
    return { idANPR: sendable('idANPR', criteri.idANPR, /^[0-9A-Z]{9}$/) };
  }
  const { sesso, dataNascita, luogoNascita } = criteri;
  const { day: dataEvento, ...unknown } = birthOf('dataNascita', dataNascita);
  return { ...namesOf(criteri), sesso: sendable('sesso', sesso, SEX), datiNascita: { dataEvento, ...unknown, luogoNascita: birthplace('luogoNascita', luogoNascita) } };
}

const SEX = /^[MF]$/;

const birthplace = (field: string, luogo: LuogoNascita): object => ('comune' in luogo ? { comune: comune(`${field}.comune`, luogo.comune) } : { localita: locality(`${field}.estero`, luogo.estero) });

const locality = (field: string, { codiceStato, stato, localita }: { readonly codiceStato: string; readonly stato: string; readonly localita?: string | undefined }) => ({
  ...(localita === undefined ? {} : { descrizioneLocalita: sendableText(`${field}.localita`, localita, 'place', 120) }),
  descrizioneStato: sendableText(`${field}.stato`, stato, 'text', 120),
  codiceStato: sendable(`${field}.codiceStato`, codiceStato, /^\d{3}$/),
});

const comune = (field: string, { nome, codiceIstat, provincia }: { readonly nome: string; readonly codiceIstat?: string | undefined; readonly provincia: string }) => ({
  nomeComune: sendableText(`${field}.nome`, nome, 'place'),
  ...(codiceIstat === undefined ? {} : { codiceIstat: sendable(`${field}.codiceIstat`, codiceIstat, /^\d{6}$/) }),
  siglaProvinciaIstat: sendable(`${field}.provincia`, provincia, /^[A-Z]{2}$/),
});

/** The member of `verifica` that is the topic of the e-service; C007 has none, being about life. */
function declared(casoUso: CasoUso, { generalita, residenza }: Dichiarati): object | undefined {
  switch (casoUso) {
    case 'C003':
      if (!generalita) throw new NotSendable('dichiarati.generalita');
      return { generalita: declaredGeneralita('dichiarati.generalita.', generalita) };
    case 'C008':
      if (!residenza) throw new NotSendable('dichiarati.residenza');
      return { residenza: 'comune' in residenza ? italian('dichiarati.residenza', residenza) : abroad('dichiarati.residenza.estero', residenza.estero) };
    default:
      return undefined;
  }
}

function declaredGeneralita(prefix: string, { codiceFiscale, sesso, dataNascita, luogoNascita, ...names }: GeneralitaDichiarate): object {
  const born = dataNascita === undefined ? undefined : birthOf(`${prefix}dataNascita`, dataNascita);
  const { day, ...unknown } = born ?? {};
  return {
    ...(codiceFiscale === undefined ? {} : { codiceFiscale: { codFiscale: sendable(`${prefix}codiceFiscale`, codiceFiscale, /^[0-9A-Z]{11,16}$/) } }),
    ...namesOf(names, prefix),
    ...(sesso === undefined ? {} : { sesso: sendable(`${prefix}sesso`, sesso, SEX) }),
    ...(day === undefined ? {} : { dataNascita: day, ...unknown }),
    ...(luogoNascita === undefined ? {} : { luogoNascita: birthplace(`${prefix}luogoNascita`, luogoNascita) }),
  };
}

/** Kinds of table 25. */
const RESIDENCE = '1';
const ABROAD = '4';

function italian(field: string, { cap, toponimo, numeroCivico, comune: own }: Extract<ResidenzaDichiarata, { comune: object }>): object {
  return {
    tipoIndirizzo: RESIDENCE,
    indirizzo: {
      ...(cap === undefined ? {} : { cap: sendable(`${field}.cap`, cap, ADDRESS_PARTS.cap) }),
      comune: comune(`${field}.comune`, own),
      toponimo: { specie: sendableText(`${field}.specie`, toponimo.specie, 'text', 30), denominazioneToponimo: sendableText(`${field}.denominazione`, toponimo.denominazione, 'place', 100) },
      ...(numeroCivico ? { numeroCivico: houseNumber(field, numeroCivico) } : {}),
    },
  };
}

function houseNumber(field: string, { numero, lettera, interno }: NonNullable<Extract<ResidenzaDichiarata, { comune: object }>['numeroCivico']>): object {
  return {
    numero: sendable(`${field}.numero`, numero, ADDRESS_PARTS.numero),
    ...(lettera === undefined ? {} : { lettera: sendable(`${field}.lettera`, lettera, ADDRESS_PARTS.lettera) }),
    ...(interno === undefined ? {} : { civicoInterno: { interno1: sendable(`${field}.interno`, interno, ADDRESS_PARTS.interno) } }),
  };
}

function abroad(field: string, { indirizzo, ...state }: Extract<ResidenzaDichiarata, { estero: object }>['estero']): object {
  const toponimo = indirizzo === undefined ? {} : { toponimo: { denominazione: sendableText(`${field}.indirizzo`, indirizzo, 'place', 120) } };
  return { tipoIndirizzo: ABROAD, localitaEstera: { indirizzoEstero: { localita: locality(field, state), ...toponimo } } };
}
