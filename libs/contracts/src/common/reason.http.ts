import { z } from 'zod';

/** Why something is stopped, for the archive. */
export const Motivazione = z.strictObject({ motivo: z.string().trim().min(1).max(500).meta({ description: 'Perché; resta nell’archivio' }) }).meta({ id: 'Motivazione' });
export type Motivazione = z.output<typeof Motivazione>;
