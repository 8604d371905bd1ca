import { z } from 'zod';
import { CodiceCatastale, CodiceIstat, Day } from '../common/scalars.js';

const Nome = z.string().trim().min(1).max(80);
const Provincia = z.string().trim().toUpperCase().regex(/^[A-Z]{2}$/, 'provincia: due lettere');
const CodiciIstat = z
  .array(z.strictObject({ codice: CodiceIstat, dal: Day, al: Day.optional() }))
  .min(1)
  .meta({ description: 'Codici ISTAT con i giorni in cui valgono' });

export const NuovoComune = z.strictObject({ codiceCatastale: CodiceCatastale, nome: Nome, provincia: Provincia, codiciIstat: CodiciIstat }).meta({ id: 'NuovoComune' });
export type NuovoComune = z.output<typeof NuovoComune>;
export const CambioCodiciIstat = z.strictObject({ codiciIstat: CodiciIstat }).meta({ id: 'CambioCodiciIstat' });
export type CambioCodiciIstat = z.output<typeof CambioCodiciIstat>;
export const CambioNome = z.strictObject({ nome: Nome, dal: Day }).meta({ id: 'CambioNome' });
export type CambioNome = z.output<typeof CambioNome>;

export const ComuneRegistrato = z.object({ codiceCatastale: CodiceCatastale, nome: z.string(), provincia: z.string(), codiciIstat: CodiciIstat, stato: z.enum(['attivo', 'sospeso', 'cessato']) }).meta({ id: 'Comune' });
export type ComuneRegistrato = z.output<typeof ComuneRegistrato>;
export const ElencoComuni = z.object({ comuni: z.array(ComuneRegistrato) }).meta({ id: 'ElencoComuni' });
