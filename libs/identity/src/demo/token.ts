import { AUDIENCES, issuerOf } from '@geres/contracts';
import { SignJWT, importJWK } from 'jose';
import { randomUUID } from 'node:crypto';
import { ulid } from 'ulid';
import { OidcSecrets } from '../oidc/signing-keys.js';
import { Sessions } from '../session/sessions.js';
import { demoUserId, onlyInTest, type DemoOptions } from './seed.js';
import { READY } from './content.js';

const DAY_MS = 24 * 3600_000;

export type DemoTokenOptions = Pick<DemoOptions, 'environment' | 'store' | 'keys' | 'durable' | 'clock' | 'publicUrl'> & {
  /** Login of a demo user and `client_id` of a demo application; by default those of the printed command line. */
  readonly login?: string;
  readonly application?: string;
};

/** A ready access token for the gateway: one day, with a session of its own (method `demo`). Environment `test` only. */
export async function demoToken({ environment, store, keys, durable, clock, publicUrl, login = READY.login, application = READY.application }: DemoTokenOptions): Promise<string> {
  onlyInTest(environment);
  const [signing] = await new OidcSecrets(durable, keys, clock).signing();
  const now = clock();
  const session = ulid(now.getTime());
  const user = demoUserId(login);
  const id = randomUUID();
  const meta = { actor: 'system:demo', application, session, correlationId: id, causationId: id, recordedAt: now.toISOString(), environment: 'test' as const };
  const { expiresAt } = await new Sessions(store).open({ session, user, application, method: 'demo', lastsMs: DAY_MS }, meta);
  return new SignJWT({ client_id: application, sid: session, ambiente: 'test' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signing!.kid })
    .setIssuer(issuerOf(publicUrl, 'test'))
    .setAudience(AUDIENCES.gateway)
    .setSubject(user)
    .setIssuedAt(now)
    .setExpirationTime(expiresAt)
    .setJti(id)
    .sign(await importJWK(signing!, 'ES256'));
}
