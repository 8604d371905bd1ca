import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { CodiceCatastale, CodiceIstat, Day } from '../common/scalars.js';

/** ISTAT codes of a Comune with the days they hold: a Comune keeps its codice catastale when its province changes. */
export const IstatCode = z.strictObject({ code: CodiceIstat, from: Day, to: Day.optional() });
export type IstatCode = z.infer<typeof IstatCode>;

const Comune = { comune: CodiceCatastale };

export const comuneEvents = [
  defineEvent('identity.comune.registered', 1, 'A Comune uses this installation.', {
    ...Comune,
    name: z.string().min(1).max(80),
    province: z.string().regex(/^[A-Z]{2}$/),
    istatCodes: z.array(IstatCode).min(1),
  }),
  defineEvent('identity.comune.codes-changed', 1, 'Its ISTAT codes changed (another province, a correction).', { ...Comune, istatCodes: z.array(IstatCode).min(1) }),
  defineEvent('identity.comune.renamed', 1, 'It has another name.', { ...Comune, name: z.string().min(1).max(80), from: Day }),
  defineEvent('identity.comune.succeeded', 1, 'A merger: another Comune has taken its place.', { ...Comune, by: CodiceCatastale, from: Day }),
  defineEvent('identity.comune.suspended', 1, 'Nothing is asked in its name until it is resumed.', { ...Comune, reason: z.string().min(1).max(500) }),
  defineEvent('identity.comune.resumed', 1, 'It may ask again.', { ...Comune }),
] as const;

export type ComuneEvent = EventOf<(typeof comuneEvents)[number]>;
