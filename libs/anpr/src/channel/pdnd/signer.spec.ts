import { generateKeyPairSync } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, jwtVerify } from 'jose';
import { expect, it } from 'vitest';
import { heldKey } from '../../custody/held.js';
import { CannotSign } from '../../protocol/wss/index.js';
import { signed } from './signer.js';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

it('a key signs for PDND what another implementation verifies, under the name that PDND has for it', async () => {
  const { payload, protectedHeader } = await jwtVerify(await signed(heldKey(privateKey, []), { nome: 'è' }), publicKey, { algorithms: ['RS256'] });
  expect(payload).toEqual({ nome: 'è' });
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT', kid: await calculateJwkThumbprint(await exportJWK(publicKey)) });
});

it('a device that does not sign is told as such, whatever it says', async () => {
  const away = { ...heldKey(privateKey, []), sign: () => Promise.reject(new Error('CKR_DEVICE_REMOVED')) };
  await expect(signed(away, {})).rejects.toThrow(CannotSign);
});
