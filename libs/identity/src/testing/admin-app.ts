import { AUDIENCES, issuerOf, type RoleAssignment } from '@geres/contracts';
import { CLOCK, COLLECTIONS, EVENT_STORE, INSTALLATION, STOPPING, type Installation } from '@geres/platform';
import { PUBLIC_URL, RIGHTS, RightsModule, type RightsState } from '@geres/platform/auth';
import { createHttpApp } from '@geres/platform/http';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { importJWK, SignJWT } from 'jose';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { IdentityAdminModule } from '../admin/admin.module.js';
import { CONSOLE_CLIENT } from '../application/application.domain.js';
import { demoUserId, seedDemo, type DemoFacts } from '../demo/seed.js';
import { openIdentity, type Identity } from '../identity.js';
import { oidcPlugin } from '../oidc/plugin.js';
import { openWorld, type World } from './world.js';

interface Parts {
  readonly world: World;
  readonly installation: Installation;
  readonly publicUrl: () => string;
}

@Global()
@Module({})
class Ports {
  static of({ world, installation, publicUrl }: Parts): DynamicModule {
    const providers = [
      { provide: EVENT_STORE, useValue: world.store },
      { provide: COLLECTIONS, useValue: world.collections },
      { provide: INSTALLATION, useValue: installation },
      { provide: CLOCK, useValue: world.clock },
      { provide: STOPPING, useValue: world.signal },
      { provide: PUBLIC_URL, useValue: publicUrl },
    ];
    return { module: Ports, imports: [RightsModule], providers, exports: [...providers.map(({ provide }) => provide), RightsModule] };
  }
}

@Module({})
class Administration {
  static of(parts: Parts, identity: Identity): DynamicModule {
    return { module: Administration, imports: [Ports.of(parts), IdentityAdminModule.forRoot(identity)] };
  }
}

export interface Answer {
  readonly status: number;
  readonly etag: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The administration API of a demo installation, on a port of this machine. */
export interface AdminApp {
  readonly world: World;
  readonly identity: Identity;
  readonly demo: DemoFacts;
  readonly url: string;
  readonly nest: NestFastifyApplication;
  /** A console token of a demo user in one of its roles. */
  tokenOf(login: string, role: RoleAssignment, audience?: string): Promise<string>;
  call(token: string | undefined, method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Answer>;
  close(): Promise<void>;
}

export async function serveAdmin(): Promise<AdminApp> {
  const world = await openWorld();
  const installation: Installation = { id: randomUUID(), incarnation: randomUUID(), environment: 'test' };
  let url = '';
  const publicUrl = (): string => url;
  const demo = await seedDemo({ ...world, environment: 'test', publicUrl: url, outFolder: join(world.folder, 'chiavi') });
  const identity = openIdentity({ ...world, environment: 'test', incarnation: installation.incarnation, publicUrl });
  const app: NestFastifyApplication = await createHttpApp(Administration.of({ world, installation, publicUrl }, identity), {
    log: createLog({ level: 'silent' }),
    metrics: createMetrics(),
    plugins: [async (fastify) => void (await fastify.register(oidcPlugin, { prefix: '/oidc/test', environment: 'test', oidc: identity.oidc }))],
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  const rights = app.get<Live<RightsState>>(RIGHTS);
  await Promise.all([identity.readModels.caughtUp(), rights.caughtUp()]);
  const [signing] = await identity.secrets.signing();
  return {
    world,
    identity,
    demo,
    url,
    nest: app,
    async tokenOf(login, role, audience = AUDIENCES.admin) {
      const session = ulid();
      const user = demoUserId(login);
      const { position } = await identity.sessions.open({ session, user, application: CONSOLE_CLIENT, method: 'password', role }, world.meta());
      await Promise.all([rights.reached(position!), identity.readModels.seen('sessions', position!, 5000)]);
      return new SignJWT({ client_id: CONSOLE_CLIENT, sid: session, ambiente: 'test', ruolo: role.role, ...(role.comune ? { comune: role.comune } : {}), ...(role.ente ? { ente: role.ente } : {}) })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: signing!.kid })
        .setIssuer(issuerOf(url, 'test'))
        .setAudience(audience)
        .setSubject(user)
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(await importJWK(signing!, 'ES256'));
    },
    async call(token, method, path, body, headers = {}) {
      const response = await fetch(`${url}/amministrazione/v1${path}`, {
        method,
        headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      return { status: response.status, etag: response.headers.get('etag'), body: (await response.json()) as Answer['body'] };
    },
    async close() {
      await app.close();
      await world.close();
    },
  };
}
