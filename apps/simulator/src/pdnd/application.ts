import type { Card } from '../people/card.js';
import type { World } from '../world.js';
import { cittadinanza, death, generalita, identificativi, legame, residenza, statoCivile, type Block } from './blocks.js';
import type { CasoUso } from './catalogue.js';
import type { Criteria, RequestE002 } from './request.js';
import { alive, corresponds, verification } from './verify.js';

/** What the services behind GovWay answer; `silence` never does. */
export type Answer = { readonly status: number; readonly body: unknown } | { readonly html: true } | { readonly silence: true };

interface Anomaly {
  readonly codiceErroreAnomalia: string;
  readonly tipoErroreAnomalia: 'E' | 'W';
  readonly testoErroreAnomalia: string;
}

const anomaly = (codice: string, tipo: 'E' | 'W', testo: string): Anomaly => ({ codiceErroreAnomalia: codice, tipoErroreAnomalia: tipo, testoErroreAnomalia: testo });
const BY_CODE = anomaly('EN148', 'W', "Ricerca per codice fiscale: ai sensi del D.M. 3 marzo 2023 utilizzare l'idANPR");

/** One question that passed every check of the gateway: who it is about, what this e-service tells of her. */
export function consult(request: RequestE002, casoUso: CasoUso, world: World): Answer {
  const { criteriRicerca, datiRichiesta } = request;
  const warnings = criteriRicerca.idANPR === undefined && criteriRicerca.codiceFiscale !== undefined && casoUso !== 'C030' && world.pdnd.knobs.ricercaCodiceFiscale !== 'ammessa' ? [BY_CODE] : [];
  const ko = (status: number, ...errors: readonly Anomaly[]): Answer => ({ status, body: { idOperazioneANPR: String(world.nextOperationId()), listaErrori: errors } });
  if (datiRichiesta.casoUso !== casoUso) return ko(400, anomaly('EN148', 'E', `Ente non abilitato o caso uso inesistente : ${datiRichiesta.casoUso.slice(0, 20)}`));
  if (datiRichiesta.dataRiferimentoRichiesta > world.today()) return ko(400, anomaly('EHR09', 'E', 'Data richiesta errata o non compatibile con la data di sistema'));
  if (warnings.length > 0 && world.pdnd.knobs.ricercaCodiceFiscale === 'rifiutata') return ko(400, { ...BY_CODE, tipoErroreAnomalia: 'E' });
  const found = candidates(criteriRicerca, world);
  if (!found) return ko(400, anomaly('EN448', 'E', 'Per la ricerca del soggetto impostare idANPR, codice fiscale o i 5 dati anagrafici'));
  const [first] = found;
  if (!first) return ko(404, anomaly('EN122', 'E', 'Soggetto non registrato in ANPR'), ...warnings);
  const current = [...Map.groupBy(found, ({ idANPR }) => idANPR).values()].map(latest);
  if (current.every(({ cancellazione, decesso }) => cancellazione && !decesso)) return ko(404, anomaly('EN122', 'E', 'Soggetto cancellato da ANPR'), ...warnings);
  switch (first.comportamento) {
    case 'nessuna-risposta':
      return { silence: true };
    case 'http-500':
      return { html: true };
    case 'fault':
      return ko(500, anomaly('999', 'E', 'Operazione non effettuabile'));
    case 'in-registrazione':
    case 'lista-errori-vuota':
      return ko(400);
    case 'codice-ignoto':
      return ko(400, anomaly('ZZ999', 'E', 'Errore introdotto dopo la pubblicazione delle tabelle'));
    case 'mascherato':
      return ko(404, anomaly('EN122', 'E', 'Soggetto non registrato in ANPR'));
    case 'non-abilitato':
      return ko(400, anomaly('EN148', 'E', `Ente non abilitato o caso uso inesistente : ${casoUso}`));
    default:
  }
  const about = first.comportamento === 'altra-persona' ? world.people.named.slice(0, 1) : current;
  const known = subjects(about, request, casoUso, world);
  const datiSoggetto = first.comportamento === 'elemento-ignoto' ? known.map((block) => ({ ...block, nuovaSezione: { valore: 'S' } })) : known;
  return { status: 200, body: { idOperazioneANPR: String(world.nextOperationId()), listaSoggetti: { datiSoggetto }, ...(warnings.length > 0 ? { listaAnomalie: warnings } : {}) } };
}

/** In order of preference: idANPR, codice fiscale, the five data. `undefined` when none of them is there. */
function candidates({ idANPR, codiceFiscale, cognome, senzaCognome, nome, senzaNome, sesso, datiNascita }: Criteria, { people }: World): readonly Card[] | undefined {
  if (idANPR !== undefined) return people.byIdANPR(idANPR.toUpperCase());
  if (codiceFiscale !== undefined) return people.byCodiceFiscale(codiceFiscale.toUpperCase());
  const { dataEvento, luogoNascita, senzaGiorno, senzaGiornoMese } = datiNascita ?? {};
  const { comune, localita } = luogoNascita ?? {};
  if ((cognome ?? senzaCognome) === undefined || (nome ?? senzaNome) === undefined || sesso === undefined || dataEvento === undefined || (comune ?? localita) === undefined) return undefined;
  return people.byGeneralities({
    cognome: cognome?.toUpperCase(), nome: nome?.toUpperCase(), sesso: sesso.toUpperCase(), dataNascita: dataEvento, ignoto: senzaGiornoMese ? 'giorno-mese' : senzaGiorno ? 'giorno' : undefined,
    luogo: (place) => ('comune' in place ? comune !== undefined && (comune.codiceIstat === undefined ? comune.nomeComune?.toUpperCase() === place.comune.nome : comune.codiceIstat === place.comune.codiceIstat) : localita?.codiceStato === place.estero.stato.codiceStato),
  });
}

/** One person's card that counts: the one not cancelled, else the last. */
function latest(cards: readonly Card[]): Card {
  const [card] = [...cards].sort((a, b) => (b.cancellazione?.data ?? '9999').localeCompare(a.cancellazione?.data ?? '9999'));
  if (!card) throw new Error('a person without a card');
  return card;
}

function subjects(cards: readonly Card[], { datiRichiesta, verifica = {} }: RequestE002, casoUso: CasoUso, { people, pdnd }: World): Block[] {
  const day = datiRichiesta.dataRiferimentoRichiesta;
  const general = (card: Card): Block => ({ generalita: generalita(card, pdnd.knobs.marcaAire) });
  const ids = (card: Card): Block => ({ identificativi: identificativi(card) });
  const life = (card: Card): Block => verification('1003', 'Verifica esistenza in vita', alive(card, day));
  const one = (card: Card): Block => {
    switch (casoUso) {
      case 'C003':
        return { infoSoggettoEnte: [verification('1002', "Verifica generalita'", corresponds(verifica['generalita'], generalita(card, pdnd.knobs.marcaAire)))] };
      case 'C007':
        return { infoSoggettoEnte: [life(card)] };
      case 'C008':
        return { infoSoggettoEnte: [verification('1008', 'Verifica residenza', corresponds(verifica['residenza'], residenza(card, day)))] };
      case 'C015':
        return { ...general(card), statoCivile: statoCivile(card), ...ids(card) };
      case 'C018':
        return { ...general(card), cittadinanza: cittadinanza(card), ...ids(card) };
      case 'C019':
        return { ...general(card), ...ids(card), infoSoggettoEnte: [life(card), ...death(card).info] };
      case 'C020':
        return { ...general(card), residenza: residenza(card, day), ...ids(card), ...(card.decesso ? { infoSoggettoEnte: death(card).info } : {}) };
      case 'C021':
        return { ...general(card), legameSoggetto: legame(card), ...ids(card), ...death(card).block, infoSoggettoEnte: [life(card), ...death(card).info] };
      case 'C030':
        return ids(card);
      default:
        return casoUso satisfies never;
    }
  };
  if (casoUso !== 'C021') return cards.map(one);
  // Of a family the dead see themselves alone, and are not seen by the others.
  return cards.flatMap((card) => (alive(card, day) ? people.family(card).filter((member) => alive(member, day) && !member.cancellazione) : [card])).map(one);
}
