import { z } from 'zod';
import { CodiceFiscale, Day, Mode, Service } from '../common/scalars.js';

const Name = z.string().trim().min(1).max(80);

/** Where somebody was born: an Italian Comune by name and province, or a foreign State by its ISTAT code. */
export const Birthplace = z
  .union([
    z.strictObject({ comune: z.strictObject({ codiceIstat: z.string().regex(/^\d{6}$/).optional(), nome: Name, provincia: z.string().trim().toUpperCase().regex(/^[A-Z]{2}$/) }) }),
    z.strictObject({ estero: z.strictObject({ codiceStato: z.string().regex(/^\d{3}$/), stato: Name, localita: Name.optional() }) }),
  ])
  .meta({ description: 'Comune italiano o Stato estero di nascita' });

/** The person asked about: by codice fiscale, by idANPR, or by generalità. */
export const Subject = z
  .union([
    z.strictObject({ codiceFiscale: CodiceFiscale }),
    z.strictObject({ idANPR: z.string().trim().toUpperCase().regex(/^[0-9A-Z]{9}$/, 'idANPR: 9 caratteri alfanumerici') }),
    z.strictObject({ cognome: Name, nome: Name, sesso: z.enum(['M', 'F']), dataNascita: Day, luogoNascita: Birthplace }),
  ])
  .meta({ description: 'La persona: codice fiscale, idANPR, o cognome, nome, sesso, data e luogo di nascita' });
export type Subject = z.output<typeof Subject>;

/** Body of `POST /api/v1/comuni/{comune}/richieste`. */
export const LookupRequest = z
  .strictObject({
    servizio: Service.meta({ description: 'Servizio richiesto', example: 'residenza' }),
    modalita: Mode.default('consultazione').meta({ description: 'consultazione restituisce i dati, verifica conferma dati dichiarati' }),
    soggetto: Subject,
    motivo: z.string().trim().min(1).max(20).meta({ description: 'Codice di un motivo ammesso dalla convenzione', example: 'TRIB-01' }),
    pratica: z.string().trim().min(1).max(60).optional().meta({ description: 'Riferimento della pratica', example: '2026/004512' }),
    dataRiferimento: Day.optional().meta({ description: 'Giorno a cui si riferisce la domanda; oggi se manca' }),
  })
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
    ],
  });
export type LookupRequest = z.output<typeof LookupRequest>;

/** `Idempotency-Key`: 1 to 128 visible ASCII characters. */
export const IdempotencyKey = z.string().regex(/^[\x21-\x7e]{1,128}$/, 'Idempotency-Key: da 1 a 128 caratteri ASCII visibili');
