import { z } from 'zod';
import { Channel, CodiceCatastale, CodiceIstat, Mode, Service, Territory } from '../common/scalars.js';

/** Answer of `GET /api/v1/abilitazioni`: what this operator may ask with this application, for each Comune. */
export const Abilitazioni = z
  .object({
    abilitazioni: z.array(
      z.object({
        comune: z.object({ codiceCatastale: CodiceCatastale, codiceIstat: CodiceIstat, nome: z.string() }),
        profilo: z.string().meta({ description: 'Nome del profilo' }),
        servizi: z.array(z.object({ servizio: Service, modalita: z.array(Mode), canale: Channel, sezioni: z.array(z.string()).meta({ description: 'Codici della tabella 16 di ANPR' }) })),
        motivi: z.array(z.object({ codice: z.string(), descrizione: z.string(), praticaObbligatoria: z.boolean() })),
        orario: z.object({ giorni: z.array(z.int()).meta({ description: '1 lunedì … 7 domenica' }), dalle: z.string(), alle: z.string(), festivi: z.boolean() }),
        limiti: z.object({ perUtenteAlMinuto: z.int(), perUtenteAlGiorno: z.int(), perConvenzioneAlGiorno: z.int() }),
        territorio: Territory,
        connessione: z.enum(['attiva', 'non-attiva']),
      }),
    ),
  })
  .meta({ id: 'Abilitazioni' });
