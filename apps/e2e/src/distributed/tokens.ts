import { AUDIENCES, issuerOf } from '@geres/contracts';
import type { SigningKey } from '@geres/identity';
import { importJWK, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import type { Asker } from '../crash/world.js';

/** What the issuer of an installation would give to who asks, and last for the whole spec. */
export async function tokenFor({ user, application, session }: Asker, { key, publicUrl }: { readonly key: SigningKey; readonly publicUrl: string }): Promise<string> {
  return new SignJWT({ client_id: application, sid: session, ambiente: 'test' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
    .setIssuer(issuerOf(publicUrl, 'test'))
    .setAudience(AUDIENCES.gateway)
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime('1 day')
    .setJti(randomUUID())
    .sign(await importJWK(key, 'ES256'));
}
