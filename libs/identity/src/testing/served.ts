import { issuerOf } from '@geres/contracts';
import fastify, { type FastifyInstance } from 'fastify';
import { createPrivateKey, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SignJWT, type JWTPayload } from 'jose';
import { seedDemo, type DemoFacts } from '../demo/seed.js';
import { openIdentity, type Identity } from '../identity.js';
import { oidcPlugin, type OidcPluginOptions } from '../oidc/plugin.js';
import { openWorld, type World } from './world.js';

/** A demo installation whose OpenID Provider answers on a port of this machine. */
export interface Served {
  readonly world: World;
  readonly identity: Identity;
  readonly demo: DemoFacts;
  readonly publicUrl: string;
  readonly issuer: string;
  post(path: string, form: Readonly<Record<string, string>>): Promise<Response>;
  close(): Promise<void>;
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });

export async function serve({ limits }: { readonly limits?: OidcPluginOptions['limits'] } = {}): Promise<Served> {
  const environment = 'test';
  const world = await openWorld();
  // The issuer holds the port, so it must be known before the provider is made.
  const port = await freePort();
  const publicUrl = `http://127.0.0.1:${port}`;
  const demo = await seedDemo({ ...world, environment, publicUrl, outFolder: join(world.folder, 'chiavi') });
  const identity = openIdentity({ ...world, environment, incarnation: randomUUID(), publicUrl: () => publicUrl });
  const server: FastifyInstance = fastify();
  await server.register(oidcPlugin, { prefix: `/oidc/${environment}`, environment, oidc: identity.oidc, ...(limits ? { limits } : {}) });
  await server.listen({ port, host: '127.0.0.1' });
  const issuer = issuerOf(publicUrl, environment);
  return {
    world,
    identity,
    demo,
    publicUrl,
    issuer,
    post: (path, form) => fetch(`${issuer}${path}`, { method: 'POST', body: new URLSearchParams(form), redirect: 'manual' }),
    async close() {
      await server.close();
      await world.close();
    },
  };
}

export interface Signing {
  readonly alg?: string;
  readonly kid?: string;
  readonly header?: Readonly<Record<string, unknown>>;
}

/** Signs with the private key of a demo application. */
export async function signed({ demo }: Served, application: string, claims: JWTPayload, { alg, header }: Signing = {}): Promise<string> {
  const { chiave } = demo.applicazioni.find(({ clientId }) => clientId === application)!;
  const key = createPrivateKey(await readFile(chiave));
  return new SignJWT(claims).setProtectedHeader({ alg: alg ?? (key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256'), ...header }).sign(key);
}

/** The claims of an assertion that is accepted. */
export const claimsFor = ({ issuer, world }: Served, application: string, login: string): JWTPayload & { iat: number; exp: number } => {
  const now = Math.floor(world.clock().getTime() / 1000);
  return { iss: application, sub: login, aud: issuer, iat: now, exp: now + 120, jti: randomUUID() };
};
