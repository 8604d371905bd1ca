import { z } from 'zod';
import { ENTE_KINDS, EnteId, OfficeId } from './ente.events.js';

const Nome = z.string().trim().min(1).max(200);
export const DatiEnte = z.strictObject({ nome: Nome, tipo: z.enum(ENTE_KINDS) }).meta({ id: 'DatiEnte' });
export type DatiEnte = z.output<typeof DatiEnte>;
export const NuovoEnte = DatiEnte.extend({ codice: EnteId }).meta({ id: 'NuovoEnte' });
export type NuovoEnte = z.output<typeof NuovoEnte>;
export const NuovoUfficio = z.strictObject({ codice: OfficeId, nome: Nome }).meta({ id: 'NuovoUfficio' });
export type NuovoUfficio = z.output<typeof NuovoUfficio>;

export const EnteRegistrato = z.object({ codice: EnteId, nome: z.string(), tipo: z.enum(ENTE_KINDS), uffici: z.array(z.object({ codice: OfficeId, nome: z.string() })) }).meta({ id: 'Ente' });
export type EnteRegistrato = z.output<typeof EnteRegistrato>;
export const ElencoEnti = z.object({ enti: z.array(EnteRegistrato) }).meta({ id: 'ElencoEnti' });
