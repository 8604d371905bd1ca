import type { Criteri, LuogoNascita } from '../soap/request.js';
import { NotSendable, sendable, sendableDay, sendableText } from '../soap/text.js';
import type { CasoUso } from './services.js';

/** A residence that somebody has declared. */
export interface ResidenzaDichiarata {
  readonly comune: { readonly nome: string; readonly provincia: string; readonly codiceIstat?: string | undefined };
  readonly cap?: string | undefined;
  readonly toponimo: { readonly specie: string; readonly denominazione: string };
  readonly numeroCivico?: { readonly numero: string; readonly lettera?: string | undefined; readonly interno?: string | undefined } | undefined;
}

/** What somebody has declared about the person, for ANPR to confirm. */
export interface Dichiarati {
  readonly generalita?: Extract<Criteri, { cognome: string }> | undefined;
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
  const verifica = declared(casoUso, criteri, dichiarati);
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
  const { dataNascita, luogoNascita } = criteri;
  return { ...named(criteri), datiNascita: { dataEvento: sendableDay('dataNascita', dataNascita), luogoNascita: birthplace(luogoNascita) } };
}

const named = ({ cognome, nome, sesso }: Extract<Criteri, { cognome: string }>) => ({
  cognome: sendableText('cognome', cognome, 'name'),
  nome: sendableText('nome', nome, 'name'),
  sesso: sendable('sesso', sesso, /^[MF]$/),
});

function birthplace(luogo: LuogoNascita): object {
  if ('comune' in luogo) return { comune: comune('luogoNascita.comune', luogo.comune) };
  const { codiceStato, stato, localita } = luogo.estero;
  return {
    localita: {
      ...(localita === undefined ? {} : { descrizioneLocalita: sendableText('luogoNascita.estero.localita', localita, 'place', 120) }),
      descrizioneStato: sendableText('luogoNascita.estero.stato', stato, 'text', 120),
      codiceStato: sendable('luogoNascita.estero.codiceStato', codiceStato, /^\d{3}$/),
    },
  };
}

const comune = (field: string, { nome, codiceIstat, provincia }: ResidenzaDichiarata['comune']) => ({
  nomeComune: sendableText(`${field}.nome`, nome, 'place'),
  ...(codiceIstat === undefined ? {} : { codiceIstat: sendable(`${field}.codiceIstat`, codiceIstat, /^\d{6}$/) }),
  siglaProvinciaIstat: sendable(`${field}.provincia`, provincia, /^[A-Z]{2}$/),
});

/** The member of `verifica` that is the topic of the e-service; C007 has none, being about life. */
function declared(casoUso: CasoUso, criteri: Criteri, { generalita, residenza }: Dichiarati): object | undefined {
  if (casoUso === 'C003') {
    const said = generalita ?? ('cognome' in criteri ? criteri : undefined);
    if (!said) throw new NotSendable('dichiarati.generalita');
    return { generalita: { ...named(said), dataNascita: sendableDay('dichiarati.dataNascita', said.dataNascita), luogoNascita: birthplace(said.luogoNascita) } };
  }
  if (casoUso !== 'C008') return undefined;
  if (!residenza) throw new NotSendable('dichiarati.residenza');
  const { cap, toponimo, numeroCivico } = residenza;
  return {
    residenza: {
      tipoIndirizzo: '1',
      indirizzo: {
        ...(cap === undefined ? {} : { cap: sendable('dichiarati.cap', cap, /^\d{5}$/) }),
        comune: comune('dichiarati.comune', residenza.comune),
        toponimo: { specie: sendableText('dichiarati.specie', toponimo.specie, 'text'), denominazioneToponimo: sendableText('dichiarati.denominazione', toponimo.denominazione, 'place') },
        ...(numeroCivico ? { numeroCivico: houseNumber(numeroCivico) } : {}),
      },
    },
  };
}

const houseNumber = ({ numero, lettera, interno }: NonNullable<ResidenzaDichiarata['numeroCivico']>) => ({
  numero: sendable('dichiarati.numero', numero, /^\d{1,5}$/),
  ...(lettera === undefined ? {} : { lettera: sendable('dichiarati.lettera', lettera, /^[0-9A-Za-z]{1,4}$/) }),
  ...(interno === undefined ? {} : { civicoInterno: { interno1: sendable('dichiarati.interno', interno, /^[0-9A-Za-z]{1,6}$/) } }),
});
