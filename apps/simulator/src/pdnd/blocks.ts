import type { Card, Residence } from '../people/card.js';
import type { Comune, State } from '../people/places.js';

/** The blocks of `datiSoggetto` (pdnd.md §12.2). What a person does not have is left out. */
export type Block = Record<string, unknown>;

export function generalita(card: Card, aire: 'S' | 'Y'): Block {
  const { codiceFiscale, validitaCF, cognome, nome, sesso, dataNascita, ignoto, luogoNascita, annoEspatrio, id, competente } = card;
  return {
    codiceFiscale: { codFiscale: codiceFiscale, validitaCF },
    ...(cognome === undefined ? { senzaCognome: '1' } : { cognome }),
    ...(nome === undefined ? { senzaNome: '1' } : { nome }),
    sesso, dataNascita,
    ...(ignoto === 'giorno' ? { senzaGiorno: '1' } : ignoto === 'giorno-mese' ? { senzaGiornoMese: '1' } : {}),
    luogoNascita: 'comune' in luogoNascita ? { comune: comune(luogoNascita.comune) } : { localita: { descrizioneLocalita: luogoNascita.estero.localita, ...state(luogoNascita.estero.stato) } },
    ...(annoEspatrio === undefined ? {} : { soggettoAIRE: aire, annoEspatrio }),
    idSchedaSoggettoComune: { idSchedaSoggettoComuneIstat: competente.codiceIstat, idSchedaSoggetto: `S-${String(id)}` },
    idSchedaSoggettoANPR: String(id),
  };
}

export function identificativi({ idANPR }: Card): Block {
  return { idANPR };
}

/** Those that had begun on the day that is asked about. */
export function residenza({ residenze }: Card, day: string): Block[] {
  return residenze.filter(({ decorrenza }) => decorrenza <= day).map(address);
}

function address(residence: Residence): Block {
  const { tipo, note, presso, decorrenza } = residence;
  const where = 'italia' in residence ? { indirizzo: italian(residence.italia) } : { localitaEstera: foreign(residence.estero) };
  return { tipoIndirizzo: tipo, ...(note === undefined ? {} : { noteIndirizzo: note }), ...where, ...(presso === undefined ? {} : { presso }), dataDecorrenzaResidenza: decorrenza };
}

function italian({ comune: where, cap, frazione, codSpecie, specie, toponimo, civico }: Extract<Residence, { italia: unknown }>['italia']): Block {
  const { scala, interno, piano, ...number } = civico ?? {};
  const inside = Object.entries({ scala, interno1: interno, piano }).filter(([, value]) => value !== undefined);
  return {
    cap, comune: comune(where), ...(frazione === undefined ? {} : { frazione }),
    toponimo: { ...(codSpecie === undefined ? {} : { codSpecie }), specie, denominazioneToponimo: toponimo },
    ...(civico === undefined ? {} : { numeroCivico: { ...number, ...(inside.length > 0 ? { civicoInterno: Object.fromEntries(inside) } : {}) } }),
  };
}

function foreign({ consolato, denominazione, numeroCivico }: Extract<Residence, { estero: unknown }>['estero']): Block {
  return {
    indirizzoEstero: { cap: consolato.cap, localita: { descrizioneLocalita: consolato.sede, ...state(consolato.stato) }, toponimo: { denominazione, numeroCivico } },
    consolato: { codiceConsolato: consolato.codice, descrizioneConsolato: consolato.sede },
  };
}

export function cittadinanza({ cittadinanza: first, altraCittadinanza: second, dataNascita }: Card): Block[] {
  return [first, ...(second ? [second] : [])].map((one) => ({ ...state(one), dataValidita: dataNascita }));
}

export function statoCivile({ statoCivile: status }: Card): Block {
  return { statoCivile: status };
}

export function legame({ famiglia, legame: role, progressivo }: Card): Block {
  return { tipoLegame: famiglia.convivenza ? '4' : famiglia.aire ? '5' : '3', dataDecorrenza: famiglia.origine, codiceLegame: role, progressivoComponente: String(progressivo) };
}

export function death({ decesso }: Card): { readonly info: Block[]; readonly block: Block } {
  if (!decesso) return { info: [], block: {} };
  return { info: [{ id: '1015', chiave: 'Data decesso', valoreData: decesso.data }], block: { datiDecesso: { dataEvento: decesso.data, luogoEvento: { comune: comune(decesso.comune) } } } };
}

function comune({ nome, codiceIstat, provincia }: Comune): Block {
  return { nomeComune: nome, codiceIstat, siglaProvinciaIstat: provincia };
}

function state({ nome, codiceStato }: State): Block {
  return { descrizioneStato: nome, codiceStato };
}
