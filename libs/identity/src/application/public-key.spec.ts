import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint } from 'jose';
import { describe, expect, it } from 'vitest';
import { publicJwk } from './public-key.js';

/** Self-signed, of a P-256 key that nobody holds. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBmDCCAT2gAwIBAgIUZiSnh7VW0ot4YjphdGh9OTEECTgwCgYIKoZIzj0EAwIw
IDEeMBwGA1UEAwwVYXBwbGljYXppb25lIGRpIHByb3ZhMCAXDTI2MTEyNTAwMjgw
NFoYDzIxMjYxMTAxMDAyODA0WjAgMR4wHAYDVQQDDBVhcHBsaWNhemlvbmUgZGkg
cHJvdmEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARr+eOQYh/miiAigNKVFfuD
a9faYa8c4Wu5mnfgS1F2s9y23WAGetr5bnHv91YQglWDzDr2ufetCSuicblADyUF
o1MwUTAdBgNVHQ4EFgQUfLO59vAOPodQeHN/U5ySb8XFsHYwHwYDVR0jBBgwFoAU
fLO59vAOPodQeHN/U5ySb8XFsHYwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQD
AgNJADBGAiEAulYXASocKOVda9gFIPyJPpQKen4j7vE2kgdHIUqSNu4CIQDKgGvR
5MzqGzz9gz5/q2/uTSRpKa4/qO6bTbrFMEP4kg==
-----END CERTIFICATE-----`;
const OF_CERTIFICATE = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEa/njkGIf5oogIoDSlRX7g2vX2mGv
HOFruZp34EtRdrPctt1gBnra+W5x7/dWEIJVg8w69rn3rQkronG5QA8lBQ==
-----END PUBLIC KEY-----`;

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pem = (key: KeyObject): string => key.export({ type: key.type === 'public' ? 'spki' : 'pkcs8', format: 'pem' }) as string;
const jwk = (key: KeyObject, more: object = {}): string => JSON.stringify({ ...key.export({ format: 'jwk' }), ...more });
const code = (text: string): Promise<string> => publicJwk(text).then(() => 'accepted', (error: { code: string }) => error.code);

describe('the public key of an application', () => {
  it('is taken as PEM, RSA or EC, and named by its thumbprint', async () => {
    expect(await publicJwk(pem(rsa.publicKey))).toMatchObject({ kty: 'RSA', alg: 'RS256', e: 'AQAB', kid: await calculateJwkThumbprint(rsa.publicKey.export({ format: 'jwk' }) as never) });
    expect(await publicJwk(`\n${pem(ec.publicKey)}\n`)).toMatchObject({ kty: 'EC', alg: 'ES256', crv: 'P-256' });
  });

  it('is taken as an X.509 certificate', async () => {
    expect(await publicJwk(CERTIFICATE)).toEqual(await publicJwk(OF_CERTIFICATE));
  });

  it('is taken as a JWK with its own kid, unless another one is given', async () => {
    const text = jwk(ec.publicKey, { kid: 'mia', use: 'sig' });
    expect(await publicJwk(text)).toEqual({ kty: 'EC', kid: 'mia', alg: 'ES256', crv: 'P-256', x: expect.any(String) as string, y: expect.any(String) as string });
    expect((await publicJwk(text, 'altra')).kid).toBe('altra');
  });

  it.each<[what: string, text: string]>([
    ['a private key as PEM', pem(ec.privateKey)],
    ['a private key as JWK', jwk(rsa.privateKey)],
    ['a shared secret', JSON.stringify({ kty: 'oct', k: 'c2VncmV0bw' })],
    ['a point that is not on the curve', jwk(ec.publicKey, { y: Buffer.alloc(32, 1).toString('base64url') })],
    ['a list of keys', JSON.stringify({ keys: [ec.publicKey.export({ format: 'jwk' })] })],
    ['half a certificate', CERTIFICATE.slice(0, 300)],
    ['no key', 'ssh-rsa AAAA'],
    ['nothing', ' '],
  ])('is never %s', async (_, text) => expect(await code(text)).toBe('chiave-non-leggibile'));

  it.each<[what: string, key: KeyObject]>([
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['Ed25519', generateKeyPairSync('ed25519').publicKey],
  ])('is of no other kind: %s', async (_, key) => expect(await code(pem(key))).toBe('chiave-debole'));
});
