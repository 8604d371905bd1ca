import { z } from 'zod';
import { CHANNELS, ENVIRONMENTS } from '../common/scalars.js';
import { LookupId, OUTCOMES } from './lookup.events.js';

const Comune = z.object({
  codiceIstat: z.string().optional(),
  codiceCatastale: z.string().optional(),
  nome: z.string(),
  provincia: z.string().optional().meta({ description: 'Sigla' }),
});
const Estero = z.object({ codiceStato: z.string().meta({ description: 'Codice ISTAT dello Stato' }), stato: z.string().optional(), localita: z.string().optional() });

/** The known part of a date: `1980-02-29`, `1980-02` or `1980`. */
const KnownDate = z.string().regex(/^\d{4}(?:-\d{2}(?:-\d{2})?)?$/).meta({ description: 'La parte nota della data' });

export const Generalita = z
  .object({
    cognome: z.string().optional().meta({ description: 'Manca a chi non ha cognome' }),
    nome: z.string().optional().meta({ description: 'Manca a chi non ha nome' }),
    sesso: z.enum(['M', 'F', 'N']).optional(),
    dataNascita: KnownDate.optional(),
    luogoNascita: z.union([z.object({ comune: Comune }), z.object({ estero: Estero }), z.object({ eccezionale: z.string() })]).optional(),
  })
  .meta({ id: 'Generalita' });
export type Generalita = z.infer<typeof Generalita>;

export const Indirizzo = z
  .object({
    tipo: z.string().meta({ description: 'residenza, dimora-abituale, residenza-estera, …; il codice di ANPR se non è noto' }),
    indirizzoCompleto: z.string().optional(),
    comune: Comune.optional(),
    cap: z.string().optional(),
    frazione: z.string().optional(),
    toponimo: z.object({ specie: z.string().optional(), denominazione: z.string().optional() }).optional(),
    numeroCivico: z
      .object({
        numero: z.string().optional(),
        metrico: z.string().optional().meta({ description: 'Metri dall’inizio della strada' }),
        senzaNumero: z.boolean().optional(),
        lettera: z.string().optional(),
        esponente: z.string().optional(),
        corte: z.string().optional(),
        scala: z.string().optional(),
        piano: z.string().optional(),
        interno: z.string().optional(),
      })
      .optional(),
    presso: z.string().optional(),
    estero: z.object({ codiceStato: z.string().optional(), stato: z.string().optional(), localita: z.string().optional(), indirizzo: z.string().optional(), cap: z.string().optional(), consolato: z.string().optional() }).optional(),
    decorrenza: z.string().optional(),
  })
  .meta({ id: 'Indirizzo' });
export type Indirizzo = z.infer<typeof Indirizzo>;

/** A code of ANPR and what its tables call it; the code again where they do not have it. */
const Codificato = { codice: z.string(), descrizione: z.string().meta({ description: 'Dalle tabelle di ANPR; il codice se non è noto' }) };

export const Cittadinanza = z
  .object({
    codiceStato: z.string().optional().meta({ description: 'Codice ISTAT dello Stato' }),
    stato: z.string().optional(),
    note: z.string().optional(),
    dataValidita: z.string().optional().meta({ description: 'Data di validità, come la riporta ANPR' }),
  })
  .meta({ id: 'Cittadinanza' });
export type Cittadinanza = z.infer<typeof Cittadinanza>;

export const Legame = z
  .object({
    ...Codificato,
    tipo: z.string().meta({ description: 'famiglia, convivenza o famiglia-aire; il codice di ANPR se non è noto' }),
    decorrenza: z.string().optional().meta({ description: 'Da quando è parte della famiglia o della convivenza' }),
    decorrenzaLegame: z.string().optional().meta({ description: 'Da quando ha questo legame' }),
    progressivo: z.string().optional().meta({ description: 'Posto del componente nella famiglia' }),
  })
  .meta({ id: 'Legame', description: 'Che cosa è della persona a cui la scheda di famiglia è intestata' });
export type Legame = z.infer<typeof Legame>;

export const Persona = z
  .object({
    idANPR: z.string().optional(),
    codiceFiscale: z.string().optional(),
    codiceFiscaleValidato: z.boolean().optional().meta({ description: 'Se l’Agenzia delle Entrate lo ha validato' }),
    stato: z.enum(['attivo', 'cancellato', 'deceduto']).optional().meta({ description: 'Manca dove il servizio interrogato non può dirlo' }),
    aire: z.boolean().optional().meta({ description: 'Iscritto all’anagrafe degli italiani residenti all’estero' }),
    generalita: Generalita,
    residenza: z.array(Indirizzo).optional(),
    cittadinanza: z.array(Cittadinanza).optional().meta({ description: 'Più d’una, se ANPR ne riporta più d’una' }),
    statoCivile: z.object({ ...Codificato, note: z.string().optional() }).optional(),
    legame: Legame.optional(),
    cancellazione: z.object({ motivo: z.string().optional(), decorrenza: z.string().optional() }).optional(),
    decesso: z.object({ data: KnownDate.optional() }).optional(),
  })
  .meta({ id: 'Persona' });
export type Persona = z.infer<typeof Persona>;

/** What came of a lookup: the one answer, whatever the channel. */
export const Risposta = z
  .object({
    id: LookupId,
    esito: z.enum(OUTCOMES).meta({ description: 'non-trovato non vuol dire che la persona non esiste' }),
    avvertenze: z.array(z.object({ codice: z.string(), testo: z.string() })),
    numeroSoggetti: z.int().optional().meta({ description: 'Quanti sono, quando l’esito è ambiguo' }),
    soggetti: z.array(Persona),
    fonte: z.object({ ambiente: z.enum(ENVIRONMENTS), canale: z.enum(CHANNELS), idOperazione: z.string(), idOperazioneANPR: z.string().optional(), dataOra: z.iso.datetime() }),
  })
  .meta({
    id: 'Risposta',
    examples: [
      {
        id: '01JDCB7Q8R5V2X4Z6A8C0E2G4J',
        esito: 'trovato',
        avvertenze: [],
        soggetti: [
          {
            idANPR: 'AB12345CD',
            codiceFiscale: 'RSSMRA80A01H501U',
            codiceFiscaleValidato: true,
            stato: 'attivo',
            generalita: { cognome: 'ROSSI', nome: 'MARIO', sesso: 'M', dataNascita: '1980-01-01', luogoNascita: { comune: { codiceIstat: '058091', codiceCatastale: 'H501', nome: 'ROMA', provincia: 'RM' } } },
            residenza: [
              {
                tipo: 'residenza',
                indirizzoCompleto: 'Via Appia Nuova 12/A int. 4, 00183 Roma (RM)',
                comune: { codiceIstat: '058091', nome: 'ROMA', provincia: 'RM' },
                cap: '00183',
                toponimo: { specie: 'VIA', denominazione: 'APPIA NUOVA' },
                numeroCivico: { numero: '12', lettera: 'A', interno: '4' },
                decorrenza: '2019-05-01',
              },
            ],
          },
        ],
        fonte: { ambiente: 'test', canale: 'ws', idOperazione: '01JDCB7Q8R5V2X4Z6A8C0E2G4J', idOperazioneANPR: '20261123-0001', dataOra: '2026-11-23T09:00:00.412Z' },
      },
    ],
  });
export type Risposta = z.infer<typeof Risposta>;

/** Recorded, and no outcome yet: the answer with 202. */
export const RichiestaInCorso = z.object({ id: LookupId, stato: z.literal('in-corso') }).meta({ id: 'RichiestaInCorso' });
export type RichiestaInCorso = z.infer<typeof RichiestaInCorso>;
