import { createPublicKey } from 'node:crypto';

/** A public JWK as PDND takes it: SPKI in PEM. */
export const publicPem = (jwk: Readonly<Record<string, unknown>>): string => createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
