import type { DigestAlgorithm, SignatureAlgorithm } from './algorithms.js';

/** How long something holds, from when. */
export interface Window {
  readonly lastsMs: number;
  /** How far before now it starts: for an ANPR whose clock is behind ours. Its end moves with it. */
  readonly startsBeforeMs: number;
}

/** What ANPR does not publish, or has changed in the past. Each default is what its own example or the newest known configuration does. */
export interface WssOptions {
  /** Of the message and of the assertion. SHA-1 was what ANPR's example used until 2021; whether it is accepted today is not public. */
  readonly signature: SignatureAlgorithm;
  readonly digest: DigestAlgorithm;
  /** How the message tells its certificate. `binary-security-token`: it carries it, as ANPR's example does. The others name it, for a receiver that has it. */
  readonly keyReference: 'binary-security-token' | 'subject-key-identifier' | 'thumbprint';
  readonly timestamp: Window;
  readonly assertion: Window & {
    /** `Issuer`: a fixed name (`XS` in ANPR's example), or the operator as newer configurations do. Whether it is checked is not public. */
    readonly issuer: { readonly name: string } | 'operator';
    /** `Conditions`, as long as the assertion at most; left out in ANPR's example, 60 seconds in others. */
    readonly conditionsMs?: number;
    readonly authnContext: string;
    /** Whether values of attributes say that they are `xsd:string`. */
    readonly typed: boolean;
    /** An assertion is reused, but not in its last moments: a message takes time to arrive. */
    readonly reuseMarginMs: number;
  };
  readonly postazione: {
    readonly signature: SignatureAlgorithm;
    /** `IdPostazioneFirmato` says nothing of its own end: it is made again after this time, and with each certificate. */
    readonly reuseMs: number;
  };
}

const MINUTE = 60_000;

export const WSS_DEFAULTS: WssOptions = {
  signature: 'rsa-sha256',
  digest: 'sha256',
  keyReference: 'binary-security-token',
  timestamp: { lastsMs: 5 * MINUTE, startsBeforeMs: 0 },
  assertion: {
    lastsMs: 5 * MINUTE,
    startsBeforeMs: 0,
    issuer: { name: 'XS' },
    authnContext: 'urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified',
    typed: true,
    reuseMarginMs: MINUTE,
  },
  postazione: { signature: 'rsa-sha256', reuseMs: 12 * 60 * MINUTE },
};

/** A stretch of time, as XML writes it. */
export interface Span {
  readonly from: string;
  readonly to: string;
  readonly ends: Date;
}

export function spanOf({ lastsMs, startsBeforeMs }: Window, now: Date): Span {
  const from = new Date(now.getTime() - startsBeforeMs);
  const ends = new Date(from.getTime() + lastsMs);
  return { from: from.toISOString(), to: ends.toISOString(), ends };
}
