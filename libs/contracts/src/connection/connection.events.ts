import { z } from 'zod';
import { defineEvent, type EventOf } from '../common/define.js';
import { Channel, CodiceCatastale, CodiceIstat, Day, Instant, Sealed, Ulid } from '../common/scalars.js';

/** How a Comune reaches ANPR over one channel. */
export const ConnectionSettings = z.strictObject({
  endpoint: z.url(),
  /** ISTAT code that the Comune has at ANPR (`codMittente`). */
  senderCode: CodiceIstat,
  /** `none` is accepted towards the simulator alone. */
  security: z.enum(['none', 'wss']),
  /** Milliseconds without an answer after which ANPR counts as too slow. */
  timeoutMs: z.int().min(1000).max(120_000),
  /** Questions in flight towards ANPR, and waiting for their turn. */
  maxInFlight: z.int().min(1).max(1000),
  maxQueued: z.int().min(0).max(10_000),
});
export type ConnectionSettings = z.infer<typeof ConnectionSettings>;

export const AnprOperatorId = Ulid;
const Connection = { comune: CodiceCatastale, channel: Channel };

export const connectionEvents = [
  defineEvent('anpr.connection.configured', 1, 'Where and how a Comune reaches ANPR over one channel.', { ...Connection, settings: ConnectionSettings }),
  defineEvent('anpr.connection.operator-assigned', 1, 'The registry operator in whose name ANPR is asked. The codice fiscale is sealed.', {
    ...Connection,
    operator: AnprOperatorId,
    codiceFiscale: Sealed,
    from: Day,
    to: Day.optional(),
    acceptedAt: Instant,
  }),
  defineEvent('anpr.connection.operator-withdrawn', 1, 'Nothing is asked in that operator’s name any more.', { ...Connection, operator: AnprOperatorId, reason: z.string().min(1).max(500) }),
  defineEvent('anpr.connection.activated', 1, 'The connection may be used.', { ...Connection }),
  defineEvent('anpr.connection.suspended', 1, 'The connection is not used until it is activated again.', { ...Connection, reason: z.string().min(1).max(500) }),
] as const;

export type ConnectionEvent = EventOf<(typeof connectionEvents)[number]>;
