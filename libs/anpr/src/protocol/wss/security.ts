import { randomUUID, type X509Certificate } from 'node:crypto';
import { signedAssertion } from './assertion.js';
import { checkIdentity, type WssIdentity } from './identity.js';
import { keyReference, type KeyReference } from './key-reference.js';
import { signedMessage } from './message.js';
import { WSS_DEFAULTS, type WssOptions } from './options.js';
import { Reuse } from './reuse.js';
import { signedData } from './signed-data.js';

export interface WsSecurity {
  /** The message around a payload, ready to leave as it is. The payload is in canonical form already: `protocol/soap` writes no other. Errors: `CannotSign`. */
  sign(payload: string, identity: WssIdentity): Promise<string>;
}

export interface WsSecurityPorts {
  readonly clock: () => Date;
  readonly options?: WssOptions;
  /** Assertions, and signed ids of postazioni, that are kept in memory for reuse: about 10 KiB each. */
  readonly keepsAtMost?: number;
}

/** Signs messages to ANPR: the assertion about an operator is made once for its validity, the message every time. */
export function wsSecurity({ clock, options = WSS_DEFAULTS, keepsAtMost = 4096 }: WsSecurityPorts): WsSecurity {
  const assertions = new Reuse<string>(keepsAtMost);
  const postazioni = new Reuse<Buffer>(keepsAtMost);
  const references = new WeakMap<X509Certificate, KeyReference>();

  const referenceTo = (certificate: X509Certificate): KeyReference => {
    const known = references.get(certificate) ?? keyReference(options.keyReference, certificate);
    references.set(certificate, known);
    return known;
  };

  const postazione = ({ idPostazione, workstation }: WssIdentity, now: Date): Promise<Buffer> =>
    postazioni.of([idPostazione, workstation.certificate.fingerprint256].join(' '), now, async () => ({
      value: await signedData(Buffer.from(idPostazione), workstation, options.postazione.signature, now),
      until: earliest(new Date(now.getTime() + options.postazione.reuseMs), workstation.certificate.validToDate),
    }));

  const assertion = (identity: WssIdentity, now: Date): Promise<string> =>
    assertions.of(keyOf(identity), now, async () => {
      const { xml, ends } = await signedAssertion(identity, { id: `_${randomUUID()}`, now, idPostazioneFirmato: await postazione(identity, now) }, options);
      // With a validity shorter than the margin it would never be reused: then half of it is used.
      const left = ends.getTime() - now.getTime();
      const until = new Date(ends.getTime() - Math.min(options.assertion.reuseMarginMs, left / 2));
      return { value: xml, until: earliest(until, identity.server.certificate.validToDate, identity.workstation.certificate.validToDate) };
    });

  return {
    async sign(payload, identity) {
      const now = clock();
      checkIdentity(identity, now);
      const made = await assertion(identity, now);
      return signedMessage({ payload, assertion: made, key: referenceTo(identity.server.certificate), now: clock() }, identity.server, options);
    },
  };
}

const keyOf = ({ operator, idSede, idPostazione, idApplicazione, address = '', server, workstation }: WssIdentity): string =>
  JSON.stringify([operator, idSede, idPostazione, idApplicazione, address, server.certificate.fingerprint256, workstation.certificate.fingerprint256]);

const earliest = (...dates: readonly Date[]): Date => dates.reduce((a, b) => (a < b ? a : b));
