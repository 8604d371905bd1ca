import { AUDIENCES, issuerOf, type RoleAssignment } from '@geres/contracts';
import { eventId, NO_STREAM, whole, type Command, type CommandBus, type DomainEvent } from '@geres/kernel';
import { CLOCK, COLLECTIONS, COMMAND_BUS, EVENT_STORE, INSTALLATION, KEYS, LOG, METRICS, STOPPING, type Installation } from '@geres/platform';
import { JWKS_URL, PUBLIC_URL, RIGHTS, RightsModule, type RightsState } from '@geres/platform/auth';
import { createHttpApp } from '@geres/platform/http';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { Global, Module, type DynamicModule } from '@nestjs/common';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ulid } from 'ulid';
import { MONITORING_RUNNING, MonitoringModule } from '../monitoring.module.js';
import type { Running } from '../running.js';
import { metaAt, openTestArchive, type TestArchive } from './archive.js';

const INSTALLED: Installation = { id: '6f1d7c0e-2b5a-4f0e-9a6b-3c9d1e8f7a25', incarnation: 'spec', environment: 'test' };
const PUBLIC = 'http://geres.example';
const CONSOLE = 'console';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The API of monitoring on a port of this machine, with an issuer of tokens and people whose roles are events. */
export interface MonitoringApp {
  readonly archive: TestArchive;
  readonly url: string;
  /** Commands that were put on the bus. */
  readonly sent: readonly Command[];
  /** A user with a session open and these roles; the token carries the first one. */
  signIn(...roles: readonly RoleAssignment[]): Promise<{ readonly user: string; readonly session: string; readonly token: string }>;
  /** A reporting tool of a Comune, or software of an Ente where there is none, with its token of client credentials. */
  tool(application: string, ente: string, comune?: string): Promise<string>;
  token(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** Records events about somebody; resolves when the guards have seen them. */
  happened(stream: string, ...events: readonly DomainEvent[]): Promise<void>;
  seen(): Promise<void>;
  call(token: string | undefined, method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
  close(): Promise<void>;
}

@Global()
@Module({})
class Ports {
  static of(archive: TestArchive, jwksUrl: string, stopping: AbortSignal, sent: Command[]): DynamicModule {
    const bus: Pick<CommandBus, 'send'> = { send: (_, command) => Promise.resolve(void sent.push(command)) };
    const providers = [
      { provide: EVENT_STORE, useValue: archive.store },
      { provide: COLLECTIONS, useValue: archive.collections },
      { provide: COMMAND_BUS, useValue: bus },
      { provide: KEYS, useValue: { archive: archive.keys } },
      { provide: INSTALLATION, useValue: INSTALLED },
      { provide: CLOCK, useValue: () => new Date() },
      { provide: STOPPING, useValue: stopping },
      { provide: LOG, useValue: createLog({ level: 'silent' }) },
      { provide: METRICS, useValue: createMetrics() },
      { provide: PUBLIC_URL, useValue: () => PUBLIC },
      { provide: JWKS_URL, useValue: () => jwksUrl },
    ];
    return { module: Ports, imports: [RightsModule], providers, exports: [...providers.map(({ provide }) => provide), RightsModule] };
  }
}

@Module({})
class Root {
  static of(ports: DynamicModule): DynamicModule {
    return { module: Root, imports: [ports, MonitoringModule] };
  }
}

export async function serveMonitoring(): Promise<MonitoringApp> {
  const archive = await openTestArchive();
  const { store } = archive;
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }] });
  const issuer = createServer((_, response) => response.setHeader('content-type', 'application/json').end(jwks));
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve));
  const stopping = new AbortController();
  const sent: Command[] = [];
  const ports = Ports.of(archive, `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/jwks`, stopping.signal, sent);
  const app = await createHttpApp(Root.of(ports), { log: createLog({ level: 'silent' }), metrics: createMetrics() });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const rights = app.get<Live<RightsState>>(RIGHTS);
  const running = app.get<Running>(MONITORING_RUNNING);
  await rights.caughtUp();

  const happened = async (stream: string, ...events: readonly DomainEvent[]): Promise<void> => {
    const { head } = await whole(store.read(stream));
    const command = ulid();
    const { position } = await store.append(stream, head.version === 0 ? NO_STREAM : head, events.map((event, index) => ({ ...event, id: eventId(command, index), meta: metaAt(new Date(), command, 'system:spec') })));
    await rights.reached(position);
  };
  const token = (claims: Readonly<Record<string, unknown>>): Promise<string> =>
    new SignJWT({ ambiente: 'test', client_id: CONSOLE, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k1' })
      .setIssuer(issuerOf(PUBLIC, 'test'))
      .setAudience((claims['aud'] as string | undefined) ?? AUDIENCES.monitoring)
      .setSubject((claims['sub'] as string | undefined) ?? CONSOLE)
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
  return {
    archive,
    url,
    sent,
    happened,
    token,
    async signIn(...roles) {
      const [user, session] = [ulid(), ulid()];
      await happened(
        `user-${user}`,
        { type: 'identity.user.enrolled', v: 1, data: { user, details: 's1.x', loginTag: 'a'.repeat(32) } },
        ...roles.map((assignment) => ({ type: 'identity.user.role-assigned', v: 1, data: { user, assignment } })),
      );
      await happened(`session-${session}`, { type: 'identity.session.opened', v: 1, data: { session, user, application: CONSOLE, method: 'password', expiresAt: new Date(Date.now() + 3_600_000).toISOString() } });
      const [role] = roles;
      return { user, session, token: await token({ sub: user, sid: session, ...(role ? { ruolo: role.role, comune: role.comune, ente: role.ente } : {}) }) };
    },
    async tool(application, ente, comune) {
      await happened(`application-${application}`, {
        type: 'identity.application.registered',
        v: 1,
        data: { application, ente, name: 'Rendiconti', grants: ['client-credentials'], redirectUris: [], ...(comune === undefined ? {} : { comune }) },
      });
      return token({ client_id: application, sub: application });
    },
    async seen() {
      const { lastPosition } = await store.stats();
      if (lastPosition !== undefined) await Promise.all(running.projections.map((one) => one.reached(lastPosition)));
    },
    async call(bearer, method, path, body) {
      const response = await fetch(`${url}/monitoraggio/v1${path}`, {
        method,
        headers: { ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return { status: response.status, headers: response.headers, body: (await response.json()) as Answer['body'] };
    },
    async close() {
      stopping.abort();
      await app.close();
      issuer.closeAllConnections();
      await new Promise((resolve) => issuer.close(resolve));
      await archive.close();
    },
  };
}
