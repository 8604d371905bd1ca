import { z } from 'zod';
import { Ulid } from '../common/scalars.js';

export const AnprOperatorId = Ulid;
export const CertificateId = Ulid;

/** Certificates of certification authorities, in PEM; never a leaf: ANPR renews its own without notice. */
export const Authorities = z.array(z.string().startsWith('-----BEGIN CERTIFICATE-----').max(16_384)).min(1).max(20);

/**
 * When questions stop leaving because ANPR does not answer; what is absent is as in `BREAKER_DEFAULTS` of anpr. `failures`: technical failures in a row that open
 * the circuit; `silenceMs`: a call that is out for so long counts as one; `openMs`, `openMaxMs`: until the next question may try, at first and at most.
 */
const Breaker = z.strictObject({
  failures: z.int().min(1).max(1000).optional(),
  silenceMs: z.int().min(1000).max(120_000).optional(),
  openMs: z.int().min(1000).max(600_000).optional(),
  openMaxMs: z.int().min(1000).max(3_600_000).optional(),
});

/** What no connection can do without, whatever its channel. */
export const Capacity = {
  /** Milliseconds without an answer after which ANPR counts as too slow. */
  timeoutMs: z.int().min(1000).max(120_000),
  /** Questions in flight towards ANPR, and waiting for their turn. */
  maxInFlight: z.int().min(1).max(1000),
  maxQueued: z.int().min(0).max(10_000),
  breaker: Breaker.optional(),
};
