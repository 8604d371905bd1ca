import { AUDIENCES, issuerOf, type AccessClaims } from '@geres/contracts';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Claims of a token, wrong ones and missing ones (`undefined`) included. */
export type Claims = { readonly [K in keyof AccessClaims]?: unknown } & { readonly [claim: string]: unknown };

export interface Signing {
  readonly header?: Partial<JWTHeaderParameters>;
  readonly key?: CryptoKey | Uint8Array;
}

/** An issuer of access tokens with its keys on a port of its own. */
export interface Issuer {
  readonly publicUrl: string;
  readonly jwksUrl: string;
  /** How many times its keys were asked for. */
  readonly asked: number;
  /** A token for the gateway, good unless told otherwise. */
  token(claims?: Claims, signing?: Signing): Promise<string>;
  /** Another key; the ones before stay published unless withdrawn. */
  turnOver(kid: string): Promise<void>;
  withdraw(kid: string): void;
  close(): Promise<void>;
}

export const CLAIMS = { user: '01JDUSER00000000000000000A', application: 'tributi-h501', session: '01JDSESS00000000000000000A' } as const;

/** What a good token of an operator says, issued `now`. */
export function goodClaims(publicUrl: string, now = Date.now()): AccessClaims {
  const iat = Math.floor(now / 1000);
  return { iss: issuerOf(publicUrl, 'test'), aud: AUDIENCES.gateway, sub: CLAIMS.user, client_id: CLAIMS.application, sid: CLAIMS.session, iat, exp: iat + 300, ambiente: 'test' };
}

export async function openIssuer(publicUrl = 'http://geres.example'): Promise<Issuer> {
  const published = new Map<string, JWK>();
  let current: { readonly kid: string; readonly key: CryptoKey };
  let asked = 0;
  const turnOver = async (kid: string): Promise<void> => {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    published.set(kid, { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' });
    current = { kid, key: privateKey };
  };
  await turnOver('k1');
  const server = createServer((_, response) => {
    asked += 1;
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [...published.values()] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    publicUrl,
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`,
    get asked() {
      return asked;
    },
    token: (claims = {}, { header = {}, key = current.key } = {}) =>
      new SignJWT({ ...goodClaims(publicUrl), ...claims } as JWTPayload).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: current.kid, ...header }).sign(key),
    turnOver,
    withdraw: (kid) => void published.delete(kid),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
