import { AUDIENCES, issuerOf, type ConnectionTest, type Role } from '@geres/contracts';
import { NO_STREAM, whole, type DomainEvent, type EventStore, type Recorded } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import { CLOCK, COLLECTIONS, COMMAND_BUS, EVENT_STORE, INSTALLATION, STOPPING, type Clock, type Installation } from '@geres/platform';
import { JWKS_URL, PUBLIC_URL, RIGHTS, RightsModule, type RightsState } from '@geres/platform/auth';
import { BusTransport, InProcessBus } from '@geres/platform/bus';
import { createHttpApp } from '@geres/platform/http';
import { keyEncryptionKey, KeyStore, type KeyStores, type WrappedSecret } from '@geres/platform/keys';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { Global, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { Administration } from '../connection/admin/administration.js';
import { AnprAdminModule } from '../connection/admin/admin.module.js';
import { ConnectionWorker } from '../connection/admin/connection.worker.js';
import { connectionStream } from '../connection/connection.domain.js';
import { memoryKeys, type MemoryKeys } from './memory-keys.js';

const PUBLIC = 'http://geres.example';
const CONSOLE = 'geres-console';
const issuing = generateKeyPair('ES256');

/** A user in each role; the TOP of another Comune too. */
const PEOPLE = { GESTORE: '01JDGEST00000000000000000A', TOP: '01JDT0P000000000000000000A', ADMIN: '01JDADM100000000000000000A', AUTORIZZATO: '01JDAVT000000000000000000A', ALTRO: '01JDA1TR00000000000000000A' } as const;
const ROLES: Readonly<Record<keyof typeof PEOPLE, { readonly role: Role; readonly comune?: string; readonly ente?: string }>> = {
  GESTORE: { role: 'GESTORE' },
  TOP: { role: 'TOP', comune: 'H501' },
  ADMIN: { role: 'ADMIN', comune: 'H501', ente: 'c_h501' },
  AUTORIZZATO: { role: 'AUTORIZZATO', comune: 'H501', ente: 'c_h501' },
  ALTRO: { role: 'TOP', comune: 'F205' },
};
export type Person = keyof typeof PEOPLE;
export const userOf = (person: Person): string => PEOPLE[person];
const sessionOf = (person: Person): string => PEOPLE[person].replace('01JD', '01JE');

export interface Reply {
  readonly status: number;
  readonly etag: string | null;
  readonly code: string | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a document that the spec reads member by member
  readonly body: Readonly<Record<string, any>>;
}

/** Administration and connector of connections in one Nest application, on a port of this machine. */
export interface ServedAdmin {
  readonly nest: NestFastifyApplication;
  readonly store: EventStore;
  readonly keys: Pick<KeyStores, 'connector'>;
  readonly custody: MemoryKeys;
  readonly bus: InProcessBus;
  readonly clock: Clock;
  /** What the next tests of a connection find. */
  found: ConnectionTest;
  happens(stream: string, event: DomainEvent): Promise<void>;
  events(channel?: 'ws' | 'pdnd'): Promise<readonly Recorded[]>;
  call(person: Person | undefined, method: string, path: string, body?: object, headers?: Readonly<Record<string, string>>): Promise<Reply>;
  close(): Promise<void>;
}

export async function serveAdmin({ connector = true, patience }: { readonly connector?: boolean; readonly patience?: number } = {}): Promise<ServedAdmin> {
  const store = memoryEventStore();
  const bus = new InProcessBus();
  const stopping = new AbortController();
  const clock: Clock = () => new Date();
  const installation: Installation = { id: 'i', incarnation: 'i', environment: 'test' };
  const collections = memoryCollections();
  const keys = { connector: new KeyStore({ collection: collections.collection<WrappedSecret>({ name: 'secrets-connector' }), kek: keyEncryptionKey(randomBytes(32)) }) };
  const custody = await memoryKeys();
  const state: { found: ConnectionTest } = { found: { succeeded: true, elapsedMs: 12 } };
  const administration = new Administration({ store, keys, custody, installation, clock, tryConnection: () => Promise.resolve(state.found) });
  const { privateKey, publicKey } = await issuing;
  const jwks = `data:application/json,${encodeURIComponent(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] }))}`;
  const values: readonly (readonly [symbol, unknown])[] = [
    [EVENT_STORE, store],
    [COLLECTIONS, collections],
    [INSTALLATION, installation],
    [CLOCK, clock],
    [STOPPING, stopping.signal],
    [COMMAND_BUS, bus],
    [PUBLIC_URL, () => PUBLIC],
    [JWKS_URL, () => jwks],
  ];
  const providers = values.map(([provide, useValue]) => ({ provide, useValue }));

  @Global()
  @Module({ providers, exports: providers.map(({ provide }) => provide) })
  class Ports {}
  @Module({ controllers: connector ? [ConnectionWorker] : [], providers: [{ provide: Administration, useValue: administration }] })
  class ConnectorSide {}
  @Module({ imports: [Ports, RightsModule, AnprAdminModule.forRoot(patience === undefined ? {} : { patience: { test: patience, other: patience } }), ConnectorSide] })
  class Root {}

  const nest: NestFastifyApplication = await createHttpApp(Root, { log: createLog({ level: 'silent' }), metrics: createMetrics() });
  nest.connectMicroservice({ strategy: new BusTransport(bus) });
  await nest.startAllMicroservices();
  await nest.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(nest.getHttpServer().address() as AddressInfo).port}`;
  const rights = nest.get<Live<RightsState>>(RIGHTS);

  const happens = async (stream: string, { type, v, data }: DomainEvent): Promise<void> => {
    const id = randomUUID();
    const meta = { actor: 'system:spec', correlationId: id, causationId: id, recordedAt: clock().toISOString(), environment: 'test' as const };
    const { head } = await whole(store.read(stream));
    const { position } = await store.append(stream, head.version === 0 ? NO_STREAM : head, [{ id, type, v, data, meta }]);
    await rights.reached(position);
  };
  for (const person of Object.keys(PEOPLE) as Person[]) {
    const user = PEOPLE[person];
    await happens(`user-${user}`, { type: 'identity.user.enrolled', v: 1, data: { user, details: 's1.x', loginTag: 'a'.repeat(32) } });
    await happens(`user-${user}`, { type: 'identity.user.role-assigned', v: 1, data: { user, assignment: ROLES[person] } });
    await happens(`session-${sessionOf(person)}`, { type: 'identity.session.opened', v: 1, data: { session: sessionOf(person), user, application: CONSOLE, method: 'password', role: ROLES[person], expiresAt: '2999-01-01T00:00:00.000Z' } });
  }

  const token = (person: Person): Promise<string> => {
    const { role, comune, ente } = ROLES[person];
    const iat = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: issuerOf(PUBLIC, 'test'), aud: AUDIENCES.admin, sub: PEOPLE[person], client_id: CONSOLE, sid: sessionOf(person), iat, exp: iat + 300, ambiente: 'test', ruolo: role, ...(comune ? { comune } : {}), ...(ente ? { ente } : {}) })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' })
      .sign(privateKey);
  };
  return Object.assign(state, {
    nest,
    store,
    keys,
    custody,
    bus,
    clock,
    happens,
    events: async (channel: 'ws' | 'pdnd' = 'ws') => (await whole(store.read(connectionStream('H501', channel)))).events,
    async call(person: Person | undefined, method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
      const response = await fetch(`${url}/amministrazione/v1${path}`, {
        method,
        headers: { ...(person === undefined ? {} : { authorization: `Bearer ${await token(person)}` }), ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const document = (await response.json()) as Record<string, unknown>;
      return { status: response.status, etag: response.headers.get('etag'), code: (document['type'] as string | undefined)?.replace('urn:geres:problema:', ''), body: document };
    },
    async close() {
      stopping.abort();
      await nest.close();
    },
  });
}
