import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import { localSigner, signed } from './signer.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('a key in the memory of the connector', () => {
  it('signs what another implementation verifies, under the name that PDND has for it', async () => {
    const { payload, protectedHeader } = await jwtVerify(await signed(localSigner(privateKey), { nome: 'è' }), publicKey, { algorithms: ['RS256'] });
    expect(payload).toEqual({ nome: 'è' });
    expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: await calculateJwkThumbprint(await exportJWK(publicKey)) });
  });

  it.each([
    ['an RSA key of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey],
    ['a key of another kind', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey],
    ['a public key', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
  ])('is not %s', (_, key) => {
    expect(() => localSigner(key)).toThrow(TypeError);
  });
});
