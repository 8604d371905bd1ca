import { z } from 'zod';
import { codiceFiscaleFault, type CodiceFiscaleFault } from './codice-fiscale.js';

export const CodiceCatastale = z.string().regex(/^[A-Z]\d{3}$/, 'codice catastale: una lettera e tre cifre').meta({ description: 'Codice catastale del Comune', example: 'H501' });
export const CodiceIstat = z.string().regex(/^\d{6}$/, 'codice ISTAT: sei cifre').meta({ description: 'Codice ISTAT del Comune', example: '058091' });
/** A Comune in a URL: either code, in any case of letters. */
export const CodiceComune = z.string().trim().toUpperCase().regex(/^(?:[A-Z]\d{3}|\d{6})$/, 'codice catastale (H501) o ISTAT (058091)').meta({ description: 'Codice catastale o ISTAT del Comune' });

export const Ulid = z.string().regex(/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/, 'ULID: 26 caratteri').meta({ description: 'ULID' });
export const Uuid = z.uuid();
/** RFC 3339, UTC. */
export const Instant = z.iso.datetime();
/** A civil day, `2026-11-23`. */
export const Day = z.iso.date();

/** Text under a key: base64url parts that only `platform/keys` understands. Never clear text. */
export const Sealed = z.string().regex(/^s1\.[A-Za-z0-9_.-]+$/).brand('Sealed');
export type Sealed = z.infer<typeof Sealed>;
/** Keyed digest (hex) of something that is searched without being stored. */
export const Tag = z.string().regex(/^[0-9a-f]{32}$/).brand('Tag');
export type Tag = z.infer<typeof Tag>;

export const ENVIRONMENTS = ['test', 'produzione'] as const;
export const SERVICES = ['generalita', 'residenza', 'stato-famiglia', 'cittadinanza', 'esistenza-in-vita', 'stato-civile', 'id-anpr'] as const;
export const MODES = ['consultazione', 'verifica'] as const;
export const CHANNELS = ['ws', 'pdnd'] as const;
export const TERRITORIES = ['nazionale', 'residenti'] as const;
export const ROLES = ['GESTORE', 'TOP', 'ADMIN', 'AUTORIZZATO'] as const;

export const Service = z.enum(SERVICES);
export type Service = z.infer<typeof Service>;
export const Mode = z.enum(MODES);
export type Mode = z.infer<typeof Mode>;
export const Channel = z.enum(CHANNELS);
export type Channel = z.infer<typeof Channel>;
export const Territory = z.enum(TERRITORIES);
export type Territory = z.infer<typeof Territory>;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;

const FAULTS: Record<CodiceFiscaleFault, string> = {
  lunghezza: 'codice fiscale: 16 caratteri, o 11 cifre se provvisorio',
  forma: 'codice fiscale: un carattere non è ammesso nella sua posizione',
  data: 'codice fiscale: il giorno di nascita non esiste',
  'carattere-di-controllo': 'codice fiscale: il carattere di controllo non corrisponde',
};

/** Upper case, checked: form, omocodia, check character. */
export const CodiceFiscale = z
  .string()
  .trim()
  .toUpperCase()
  .superRefine((codice, context) => {
    const fault = codiceFiscaleFault(codice);
    if (fault) context.addIssue({ code: 'custom', message: FAULTS[fault] });
  })
  .meta({ description: 'Codice fiscale, 16 caratteri, o 11 cifre se provvisorio' });

/** `CodiceComune` and `CodiceFiscale` are inputs that a schema also normalises. */
export type CodiceComune = z.output<typeof CodiceComune>;
