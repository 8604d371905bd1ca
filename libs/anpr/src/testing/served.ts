import { AUDIENCES, issuerOf } from '@geres/contracts';
import type { DomainEvent } from '@geres/kernel';
import { CLOCK, COLLECTIONS, COMMAND_BUS, EVENT_STORE, INSTALLATION, STOPPING } from '@geres/platform';
import { JWKS_URL, PUBLIC_URL, RIGHTS } from '@geres/platform/auth';
import { BusTransport, InProcessBus } from '@geres/platform/bus';
import { createHttpApp } from '@geres/platform/http';
import { createLog } from '@geres/platform/log';
import { createMetrics } from '@geres/platform/metrics';
import type { Live } from '@geres/platform/projections';
import { Global, Inject, Module, type BeforeApplicationShutdown } from '@nestjs/common';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';
import type { AddressInfo } from 'node:net';
import { AnprGatewayModule } from '../gateway/gateway.module.js';
import { GRANTS, GrantsModule } from '../grants/grants.module.js';
import type { Grants } from '../grants/grants.js';
import { CONNECTOR, openConnector, type Connector } from '../lookup/connector.js';
import { LookupWorker } from '../lookup/lookup.worker.js';
import { fakeChannel, PERSON, type FakeChannel } from './fake-channel.js';
import { gate, type Gate } from './gate.js';
import { openHouse, type House, type HouseOptions } from './house.js';
import { OTHER } from './identity.js';
import { ids } from './world.js';

const PUBLIC = 'http://geres.example';

/** One pair of keys for every spec of a file: to make one takes longer than most of them. */
const keys = generateKeyPair('ES256');

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  /** The code of a problem document. */
  readonly code: string | undefined;
}

export interface Call {
  readonly headers?: Readonly<Record<string, string>>;
  /** As the other operator. */
  readonly other?: boolean;
  /** Claims that differ from those of a good token. */
  readonly claims?: JWTPayload;
}

/** Gateway and connector of an installation in one Nest application, on a port of this machine, with a fake ANPR behind the channel. */
export interface Served {
  readonly url: string;
  token(call?: Call): Promise<string>;
  readonly house: House;
  readonly channel: FakeChannel;
  readonly gate: Gate;
  readonly bus: InProcessBus;
  /** Something happens, and everybody knows. */
  happens(...events: readonly DomainEvent[]): Promise<void>;
  /** `body` as text is sent as it is. */
  post(path: string, body: object | string, call?: Call): Promise<Reply>;
  get(path: string, call?: Call): Promise<Reply>;
  /** A lookup about the person that the fake ANPR knows. */
  ask(changed?: object, call?: Call): Promise<Reply>;
  close(): Promise<void>;
}

/** The body of a lookup that is admitted. */
export const BODY = { servizio: 'residenza', soggetto: { codiceFiscale: PERSON.codiceFiscale }, motivo: 'TRIB-01', pratica: '2026/004512' } as const;
export const LOOKUPS = `/api/v1/comuni/${ids.comune}/richieste`;

export async function serve(options: HouseOptions = {}): Promise<Served> {
  const house = await openHouse(options);
  const channel = fakeChannel();
  const door = gate(house.store);
  const bus = new InProcessBus();
  const log = createLog({ level: 'silent' });
  const metrics = createMetrics();
  const { privateKey, publicKey } = await keys;
  const jwks = `data:application/json,${encodeURIComponent(JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'ES256', use: 'sig' }] }))}`;
  const values: readonly (readonly [symbol, unknown])[] = [
    [EVENT_STORE, door.store],
    [COLLECTIONS, house.collections],
    [INSTALLATION, house.installation],
    [CLOCK, house.clock],
    [STOPPING, house.signal],
    [COMMAND_BUS, bus],
    [RIGHTS, house.rights],
    [PUBLIC_URL, () => PUBLIC],
    [JWKS_URL, () => jwks],
  ];
  const providers = values.map(([provide, useValue]) => ({ provide, useValue }));

  @Global()
  @Module({ providers, exports: providers.map(({ provide }) => provide) })
  class Ports {}

  const connector = {
    provide: CONNECTOR,
    inject: [GRANTS],
    useFactory: (grants: Live<Grants>) =>
      openConnector({ ...house, store: door.store, bus, grants, channels: { ws: channel.ask, pdnd: channel.ask }, log, metrics, isHoliday: () => false, ...(options.sweepMs === undefined ? {} : { sweepMs: options.sweepMs }) }),
  };
  @Module({ imports: [GrantsModule], controllers: [LookupWorker], providers: [connector] })
  class ConnectorModule implements BeforeApplicationShutdown {
    constructor(@Inject(CONNECTOR) private readonly opened: Connector) {}
    async beforeApplicationShutdown(): Promise<void> {
      await this.opened.stop(0);
    }
  }
  @Module({ imports: [Ports, AnprGatewayModule, ConnectorModule] })
  class Root {}

  const app = await createHttpApp(Root, { log, metrics });
  app.connectMicroservice({ strategy: new BusTransport(bus) });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  const grants = app.get<Live<Grants>>(GRANTS);
  await grants.caughtUp();

  const token = ({ other = false, claims = {} }: Call = {}): Promise<string> => {
    const { user, session } = other ? OTHER : ids;
    const iat = Math.floor(Date.now() / 1000);
    const good = { iss: issuerOf(PUBLIC, 'test'), aud: AUDIENCES.gateway, sub: user, client_id: ids.application, sid: session, iat, exp: iat + 300, ambiente: 'test' };
    return new SignJWT({ ...good, ...claims }).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'k' }).sign(privateKey);
  };
  const call = async (method: string, path: string, body: string | undefined, given: Call): Promise<Reply> => {
    const headers = { authorization: `Bearer ${await token(given)}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...given.headers };
    const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const document = (await response.json()) as Reply['body'];
    return { status: response.status, headers: response.headers, body: document, code: (document['type'] as string | undefined)?.replace('urn:geres:problema:', '') };
  };
  const post: Served['post'] = (path, body, given = {}) => call('POST', path, typeof body === 'string' ? body : JSON.stringify(body), given);
  return {
    url,
    token,
    house,
    channel,
    gate: door,
    bus,
    async happens(...events) {
      await grants.reached(await house.happens(...events));
    },
    post,
    get: (path, given = {}) => call('GET', path, undefined, given),
    ask: (changed = {}, given = {}) => post(LOOKUPS, { ...BODY, ...changed }, given),
    async close() {
      await app.close();
      await house.close();
    },
  };
}
