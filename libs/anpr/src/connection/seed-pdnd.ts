import { CASI_USO, PdndSettings, romeDay, type CasoUso } from '@geres/contracts';
import { eventId, fold, handle, whole, type EventMeta, type EventStore } from '@geres/kernel';
import { newUlid, type Clock, type Installation } from '@geres/platform';
import { connectionKeys, openCustody, type VaultPorts } from '../custody/index.js';
import { SEGMENT } from '../protocol/pdnd/index.js';
import { publicPem } from './admin/public-key.js';
import { connection, connectionStream, type Connection, type ConnectionCommand } from './connection.domain.js';

/** What a Comune would do in the back office of PDND. */
export interface DemoPdndClient {
  readonly clientId: string;
  /** SPKI, PEM. */
  readonly publicKey: string;
  readonly purposes: Readonly<Record<CasoUso, string>>;
}

export interface PdndSeedOptions {
  readonly store: EventStore;
  readonly vault: VaultPorts;
  readonly clock: Clock;
  readonly installation: Installation;
  readonly comune: string;
  readonly responsible: string;
  /** Where the simulator is. */
  readonly simulator: string;
  /** Done at each start: the simulator forgets. */
  readonly register: (client: DemoPdndClient) => Promise<void>;
}

/** The environment that the simulator stands for. */
const ASSERTION_AUDIENCE = 'auth.uat.interop.pagopa.it/client-assertion';
const ISSUER = 'uat.interop.pagopa.it';
const MODIPA = 'https://modipa-val.anpr.interno.it/govway/rest/in/MinInternoPortaANPR';
const GOVWAY = '/govway/rest/in/MinInternoPortaANPR-PDND';

const uuidOf = (name: string): string => eventId(`demo/pdnd/${name}`, 0);

/** Connects a demo Comune to the simulator over PDND, with a key made in the connector. A second start appends nothing, unless the simulator's address changed. Environment `test` alone. */
export async function seedPdndConnection({ store, vault, clock, installation, comune, responsible, simulator, register }: PdndSeedOptions): Promise<void> {
  if (installation.environment !== 'test') throw new Error('demo connections exist in environment test alone');
  const of = { comune, channel: 'pdnd' as const };
  const stream = connectionStream(comune, 'pdnd');
  const now = clock();
  const run = (command: ConnectionCommand): Promise<unknown> => {
    const causationId = newUlid(now.getTime());
    const meta: EventMeta = { actor: 'system:demo', correlationId: causationId, causationId, recordedAt: now.toISOString(), environment: 'test' };
    return handle(store, connection, stream, command, meta);
  };
  const state = async (): Promise<Connection> => fold(connection, (await whole(store.read(stream))).events);
  const found = await state();
  const known = found.status === 'absent' ? undefined : found.certificates.find(({ use }) => use === 'client');
  const clientId = uuidOf(`client/${comune}`);
  const purposes = Object.fromEntries(CASI_USO.map((code) => [code, uuidOf(`purpose/${comune}/${code}`)])) as Record<CasoUso, string>;
  const configure = (kid: string): Promise<unknown> => run({ ...of, type: 'configure', environment: 'test', settings: settingsOf({ clientId, purposes, simulator, kid }) });
  if (known) await configure(known.kid);
  else {
    const made = await openCustody(vault).request(of, { certificate: newUlid(now.getTime()), use: 'client', responsible, subject: { commonName: clientId } });
    if (made.kind !== 'ready') throw new TypeError('the key of a client awaits no certificate');
    await configure(made.installed.kid);
    await run({ ...of, type: 'install-certificate', installed: made.installed, now: now.toISOString() });
  }
  if (found.status === 'absent' || found.status === 'configured') await run({ ...of, type: 'activate', now: now.toISOString(), today: romeDay(now) });
  const current = await state();
  const certificates = current.status === 'absent' ? [] : current.certificates;
  const kid = certificates.find(({ use }) => use === 'client')!.kid;
  const held = await connectionKeys({ ...vault, certificates: () => certificates }).byKid(comune, kid);
  if (held) await register({ clientId, purposes, publicKey: publicPem({ ...held.jwk }) });
}

const settingsOf = ({ clientId, purposes, simulator, kid }: Pick<DemoPdndClient, 'clientId' | 'purposes'> & { readonly simulator: string; readonly kid: string }): PdndSettings =>
  PdndSettings.parse({
    tokenEndpoint: `${simulator}/token.oauth2`,
    assertionAudience: ASSERTION_AUDIENCE,
    issuer: ISSUER,
    jwksUrl: `${simulator}/.well-known/jwks.json`,
    clientId,
    timeoutMs: 20_000,
    maxInFlight: 50,
    maxQueued: 500,
    profiles: Object.fromEntries(CASI_USO.map((code) => [code, { url: `${simulator}${GOVWAY}/${SEGMENT[code]}/v1/anpr-service-e002`, audience: `${MODIPA}/${SEGMENT[code]}/v1`, purposeId: purposes[code], kid, dailyQuota: 1000 }])),
  });
