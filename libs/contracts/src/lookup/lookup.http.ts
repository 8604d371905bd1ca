import { z } from 'zod';
import { Day, Mode, Service } from '../common/scalars.js';
import { checkDeclared, Dichiarati } from './declared.http.js';
import { Subject } from './subject.http.js';

/** Body of `POST /api/v1/comuni/{comune}/richieste`. */
export const LookupRequest = z
  .strictObject({
    servizio: Service.meta({ description: 'Servizio richiesto', example: 'residenza' }),
    modalita: Mode.default('consultazione').meta({ description: 'consultazione restituisce i dati, verifica conferma dati dichiarati' }),
    soggetto: Subject,
    dichiarati: Dichiarati.optional(),
    motivo: z.string().trim().min(1).max(20).meta({ description: 'Codice di un motivo ammesso dalla convenzione', example: 'TRIB-01' }),
    pratica: z.string().trim().min(1).max(60).regex(/^[^\p{C}\p{Zl}\p{Zp}]*$/u, 'su una riga, senza caratteri di controllo').optional().meta({ description: 'Riferimento della pratica', example: '2026/004512' }),
    dataRiferimento: Day.optional().meta({ description: 'Giorno a cui si riferisce la domanda; oggi se manca' }),
  })
  .superRefine(checkDeclared)
  .meta({
    id: 'Richiesta',
    examples: [
      { servizio: 'residenza', soggetto: { codiceFiscale: 'RSSMRA80A01H501U' }, motivo: 'TRIB-01', pratica: '2026/004512' },
      {
        servizio: 'generalita',
        soggetto: { cognome: 'Rossi', nome: 'Mario', sesso: 'M', dataNascita: '1980-01-01', luogoNascita: { comune: { nome: 'Roma', provincia: 'RM' } } },
        motivo: 'TRIB-01',
        pratica: '2026/004512',
        dataRiferimento: '2026-11-23',
      },
      {
        servizio: 'residenza',
        modalita: 'verifica',
        soggetto: { codiceFiscale: 'RSSMRA80A01H501U' },
        dichiarati: { residenza: { comune: { nome: 'Roma', provincia: 'RM' }, toponimo: { specie: 'Via', denominazione: 'Appia Nuova' }, numeroCivico: { numero: '12', lettera: 'A' } } },
        motivo: 'TRIB-01',
        pratica: '2026/004512',
      },
    ],
  });
export type LookupRequest = z.output<typeof LookupRequest>;

/** `Idempotency-Key`: 1 to 128 visible ASCII characters. */
export const IdempotencyKey = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'Idempotency-Key: da 1 a 128 caratteri ASCII visibili');
