import { z } from 'zod';
import { Channel, CodiceCatastale, Day, Mode, Service, Territory, Ulid } from '../common/scalars.js';
import { ApplicationId } from '../convention/convention.events.js';
import { EnteId } from '../ente/ente.events.js';
import { Subject } from '../lookup/subject.http.js';

/** How a lookup stands; `esito` says more. */
export const STATI_RICHIESTA = ['aperta', 'risposta', 'rifiutata', 'fallita', 'interrotta'] as const;
export type StatoRichiesta = (typeof STATI_RICHIESTA)[number];

/** A whole day in Europe/Rome, or an instant with its offset. */
const Momento = z.union([Day, z.iso.datetime({ offset: true })]).meta({ description: 'Un giorno (tutto, in Italia) o un istante RFC 3339', example: '2026-11-23' });
const Cursore = z.string().regex(/^[A-Za-z0-9_-]{1,200}$/, 'cursore: quello di «successivo»').meta({ description: 'Da dove proseguire: il valore di «successivo» della pagina precedente' });
const Esito = z
  .string()
  .regex(/^[a-z][a-z-]{1,59}$/, 'esito: un esito, il codice di un problema, «in-corso» o «interrotta»')
  .meta({ description: 'in-corso; l’esito della risposta; il codice del problema o del rifiuto; interrotta', example: 'trovato' });

const period = { da: Momento.optional().meta({ description: 'Dal giorno o dall’istante, compreso' }), a: Momento.optional().meta({ description: 'Fino al giorno, compreso, o all’istante, escluso' }) };
const LIMITE = { default: 50, max: 200 } as const;

/** Query of `GET /monitoraggio/v1/richieste`. */
export const ElencoRichiesteFiltri = z
  .strictObject({
    ...period,
    utente: Ulid.optional().meta({ description: 'Identificativo dell’operatore' }),
    ente: EnteId.optional(),
    applicazione: ApplicationId.optional(),
    servizio: Service.optional(),
    esito: Esito.optional(),
    limite: z
      .string()
      .regex(/^\d{1,3}$/, `limite: da 1 a ${LIMITE.max}`)
      .transform(Number)
      .pipe(z.int().min(1, `limite: da 1 a ${LIMITE.max}`).max(LIMITE.max, `limite: da 1 a ${LIMITE.max}`))
      .default(LIMITE.default)
      .meta({ description: `Richieste per pagina, al più ${LIMITE.max}` }),
    dopo: Cursore.optional(),
  })
  .meta({ id: 'ElencoRichiesteFiltri' });
export type ElencoRichiesteFiltri = z.output<typeof ElencoRichiesteFiltri>;

const searched = { ...period, limite: z.int().min(1).max(LIMITE.max).default(LIMITE.default).meta({ description: `Richieste per pagina, al più ${LIMITE.max}` }), dopo: Cursore.optional() };

/** Body of `POST /monitoraggio/v1/richieste/ricerca`: the person or the pratica, never both. */
export const RicercaRichieste = z
  .union([
    z.strictObject({ soggetto: Subject, ...searched }),
    z.strictObject({ pratica: z.string().trim().min(1).max(60).meta({ description: 'Riferimento della pratica', example: '2026/004512' }), ...searched }),
  ])
  .meta({ id: 'RicercaRichieste', description: 'Ricerca per persona o per pratica. Senza «da», gli ultimi dodici mesi' });
export type RicercaRichieste = z.output<typeof RicercaRichieste>;

/** Body of `POST /monitoraggio/v1/richieste/{id}/soggetto`. */
export const SvelaSoggetto = z.strictObject({ motivo: z.string().trim().min(3).max(500).meta({ description: 'Perché si vuole vedere la persona: resta nell’archivio' }) }).meta({ id: 'SvelaSoggetto' });
export type SvelaSoggetto = z.output<typeof SvelaSoggetto>;

const Aggiornato = z.iso.datetime().nullable().meta({ description: 'Tutto ciò che è stato registrato fino a questo istante è compreso; null mentre i dati si ricostruiscono' });

const shape = {
  id: Ulid,
  quando: z.iso.datetime().meta({ description: 'Quando è stata fatta' }),
  giorno: Day.meta({ description: 'Giorno del registro, in Italia' }),
  comune: CodiceCatastale,
  stato: z.enum(STATI_RICHIESTA),
  esito: Esito,
  utente: Ulid.optional().meta({ description: 'Identificativo dell’operatore. Manca nei rifiuti contati insieme' }),
  ente: EnteId.optional(),
  applicazione: ApplicationId,
  sessione: Ulid.optional(),
  servizio: Service.optional(),
  modalita: Mode.optional(),
  motivo: z.string().optional().meta({ description: 'Codice del motivo' }),
  canale: Channel.optional(),
  territorio: Territory.optional(),
  sezioni: z.array(z.string()).optional().meta({ description: 'Codici della tabella 16 di ANPR: chieste, o mostrate se c’è una risposta' }),
  operatoreANPR: Ulid.optional().meta({ description: 'Identificativo dell’operatore d’anagrafe nel cui nome si è chiesto' }),
  idOperazione: z.string().optional().meta({ description: 'Identificativo dato dal Comune all’operazione' }),
  idOperazioneANPR: z.string().optional(),
  durataANPR: z.int().optional().meta({ description: 'Millisecondi' }),
  durata: z.int().optional().meta({ description: 'Millisecondi dalla domanda all’esito registrato' }),
  ripetizioneDi: Ulid.optional().meta({ description: 'La richiesta di cui questa è un nuovo tentativo' }),
  soggetto: z.enum(['oscurato', 'assente']).meta({ description: 'La persona non si vede negli elenchi. assente: rifiuto contato insieme ad altri' }),
} as const;

export const RichiestaRegistrata = z.object(shape).meta({ id: 'RichiestaRegistrata' });
export type RichiestaRegistrata = z.infer<typeof RichiestaRegistrata>;

/** Answer of `GET /monitoraggio/v1/richieste`, newest first. A page may be short, or empty, and still have a next one. */
export const ElencoRichieste = z
  .object({ richieste: z.array(RichiestaRegistrata), successivo: Cursore.optional(), aggiornatoAl: Aggiornato })
  .meta({ id: 'ElencoRichieste', description: 'Dalla più recente. Una pagina può essere corta e averne ancora una dopo: conta «successivo»' });
export type ElencoRichieste = z.infer<typeof ElencoRichieste>;

/** Answer of `POST /monitoraggio/v1/richieste/ricerca`. */
export const EsitoRicerca = z
  .object({
    richieste: z.array(RichiestaRegistrata),
    successivo: Cursore.optional(),
    mesiNonLeggibili: z.array(z.string().regex(/^\d{4}-\d{2}$/)).meta({ description: 'Mesi del periodo i cui segreti sono stati distrutti: non vi si può più cercare', example: ['2016-11'] }),
    aggiornatoAl: Aggiornato,
  })
  .meta({ id: 'EsitoRicerca' });
export type EsitoRicerca = z.infer<typeof EsitoRicerca>;

/** One event of the archive, in words and without personal data. */
export const EventoInParole = z
  .object({
    versione: z.int().meta({ description: 'Posto nel registro del giorno, da 1' }),
    posizione: z.string().meta({ description: 'Posto nell’archivio' }),
    quando: z.iso.datetime(),
    tipo: z.string().meta({ example: 'anpr.lookup.requested' }),
    chi: z.string().meta({ description: 'Chi ha agito' }),
    descrizione: z.string(),
    impronta: z.string().meta({ description: 'SHA-256 che lega l’evento a tutti i precedenti del registro' }),
  })
  .meta({ id: 'EventoInParole' });

/** Answer of `GET /monitoraggio/v1/richieste/{id}`. */
export const DettaglioRichiesta = z
  .object({ ...shape, registro: z.string().meta({ description: 'Registro del giorno' }), eventi: z.array(EventoInParole), aggiornatoAl: Aggiornato })
  .meta({ id: 'DettaglioRichiesta', description: 'Una richiesta con tutti i suoi eventi, letti dal registro' });
export type DettaglioRichiesta = z.infer<typeof DettaglioRichiesta>;

/** Answer of `POST /monitoraggio/v1/richieste/{id}/soggetto`. */
export const SoggettoSvelato = z
  .object({
    id: Ulid,
    soggetto: z.record(z.string(), z.unknown()).meta({ description: 'La persona come è stata chiesta' }),
    dichiarati: z.record(z.string(), z.unknown()).optional().meta({ description: 'Ciò che è stato dato da confermare' }),
    pratica: z.string().optional(),
    dataRiferimento: Day,
  })
  .meta({ id: 'SoggettoSvelato' });
export type SoggettoSvelato = z.infer<typeof SoggettoSvelato>;
