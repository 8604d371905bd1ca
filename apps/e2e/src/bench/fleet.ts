import { romeDay, type Channel, type ConnectionSettings, type ConventionTerms } from '@geres/contracts';
import { eventId, NO_STREAM, whole, type DomainEvent, type EventStore, type Head } from '@geres/kernel';
import { newUlid } from '@geres/platform';
import { openEmbedded, type Embedded } from '@geres/platform/embedded';
import { loadKeyEncryptionKeys, type KeyStore, type KeyStores } from '@geres/platform/keys';
import { decodeJwt } from 'jose';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Running } from '../installation.js';
import { described, type Kept } from './certificates.js';

/** A Comune that is added to an installation, with its connection. */
export interface Member {
  readonly comune: string;
  readonly istat: string;
  readonly channel: Channel;
  readonly settings: ConnectionSettings;
  /** The key that signs. */
  readonly kept?: Kept;
}

const ENTE = 'c_h501';
const REGISTRY_OPERATOR = 'SNTPTR70A01H501W';
const MOST = 10_000_000;
const TOGETHER = 32;
const MODES: ConventionTerms['services'][number]['modes'] = ['consultazione'];

const termsOver = (channel: Channel, motivo: string): ConventionTerms => ({
  legalBasis: 'Misura, senza effetti',
  act: { number: 'BANCO/1', date: '2026-01-01' },
  from: '2026-01-01',
  to: '2099-12-31',
  services: [{ service: 'residenza', modes: MODES, channel }],
  purposes: [{ code: motivo, description: 'Misura', caseRequired: false }],
  quotas: { userPerMinute: MOST, userPerDay: MOST, conventionPerDay: MOST, callsPerDay: MOST },
  hours: { days: [1, 2, 3, 4, 5, 6, 7], from: '00:00', to: '24:00', holidays: true },
  networks: [],
  territory: 'nazionale',
  wsReason: 'Misura',
  adminSeesSubject: false,
  jwtBearer: false,
});

/** Who asks in each of them: out of a ready token. */
export type Asking = Pick<Running['demo'], 'token' | 'motivi'>;

/**
 * Adds Comuni to the data folder of an installation that is not running: the user of its ready token may ask for residences in each. Written as the acts of
 * administration and custody leave it: to read 2,000 key files, each in a thread of its own as custody does, takes minutes.
 */
export async function addComuni({ folder, demo }: Pick<Running, 'folder' | 'demo'>, members: readonly Member[]): Promise<void> {
  const data = join(folder, 'data');
  const embedded = await openEmbedded({ folder: data, environment: 'test', keyEncryptionKeys: await loadKeyEncryptionKeys({ env: {}, dataFolder: data, mustExist: true }), clock: () => new Date() });
  try {
    await addMembers(embedded, demo, members);
  } finally {
    await embedded.close();
  }
}

/** The same on whatever engines an installation has. */
export async function addMembers({ store, keys }: Pick<Embedded, 'store' | 'keys'>, { token, motivi }: Asking, members: readonly Member[]): Promise<void> {
  const { sub: user, client_id: application } = decodeJwt(token) as { readonly sub: string; readonly client_id: string };
  const motivo = motivi[0]!.codice;
  const roles: DomainEvent[] = [];
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < members.length) roles.push(...(await addComune(members[next++]!, { store, keys, motivo, user, application })));
  };
  await Promise.all(Array.from({ length: TOGETHER }, one));
  await append(store, `user-${user}`, roles);
}

interface Adding {
  readonly store: EventStore;
  readonly keys: KeyStores;
  readonly motivo: string;
  readonly user: string;
  readonly application: string;
}

const fact = (type: string, data: object): DomainEvent => ({ type, v: 1, data });

/** The role and the profile that the user gets are for the caller to append: they are of one stream. */
async function addComune({ comune, istat, channel, settings, kept }: Member, { store, keys, motivo, user, application }: Adding): Promise<readonly DomainEvent[]> {
  const convention = newUlid();
  const profile = newUlid();
  const operator = newUlid();
  const of = { convention, comune, ente: ENTE };
  const at = { comune, channel };
  const now = new Date().toISOString();
  const terms = termsOver(channel, motivo);
  const codiceFiscale = (await keys.connector.box(`operator/${operator}`)).seal(REGISTRY_OPERATOR, operator);
  const certificate = newUlid();
  const use = channel === 'ws' ? 'firma' : 'client';
  if (kept) await keep(keys.certificates, `anpr/${comune}/${channel}/${certificate}`, kept);
  const installed = kept && { certificate, use, responsible: user, custody: 'connettore', ...(await described(kept)) };
  await append(store, `comune-${comune}`, [fact('identity.comune.registered', { comune, name: `Comune ${comune}`, province: 'RM', istatCodes: [{ code: istat, from: '1970-01-01' }] })]);
  await append(store, `convention-${convention}`, [
    fact('identity.convention.drafted', { ...of, terms }),
    fact('identity.convention.application-admitted', { ...of, application }),
    fact('identity.convention.approved', { ...of, approvedAt: now, recertifyBy: terms.to }),
  ]);
  await append(store, `profile-${profile}`, [fact('identity.profile.defined', { profile, ...of, terms: { name: 'Misura', services: [{ service: 'residenza', modes: MODES }] } })]);
  await append(store, `connection-${comune}-${channel}`, [
    fact('anpr.connection.configured', { ...at, settings }),
    ...(channel === 'ws' ? [fact('anpr.connection.operator-assigned', { ...at, operator, codiceFiscale, from: romeDay(new Date()), informedAt: now, acceptedAt: now })] : []),
    ...(installed ? [fact('anpr.connection.certificate-installed', { ...at, ...installed })] : []),
    fact('anpr.connection.activated', at),
  ]);
  return [fact('identity.user.role-assigned', { user, assignment: { role: 'AUTORIZZATO', comune, ente: ENTE, application } }), fact('identity.user.profile-assigned', { user, profile, comune, ente: ENTE })];
}

/** As custody keeps a key with its certificate. */
async function keep(secrets: KeyStore, id: string, { key, certificate }: Kept): Promise<void> {
  const chains = certificate === undefined ? [] : [[new X509Certificate(certificate).raw.toString('base64')]];
  await secrets.put(id, Buffer.from(JSON.stringify({ v: 1, key: createPrivateKey(key).export({ type: 'pkcs8', format: 'der' }).toString('base64'), chains })));
}

const BATCH = 200;

async function append(store: EventStore, stream: string, events: readonly DomainEvent[]): Promise<void> {
  const found = await whole(store.read(stream));
  let head: Head = found.head.version === 0 ? NO_STREAM : found.head;
  for (let from = 0; from < events.length; from += BATCH) {
    const causationId = newUlid();
    const meta = { actor: 'system:bench', correlationId: causationId, causationId, recordedAt: new Date().toISOString(), environment: 'test' as const };
    ({ head } = await store.append(stream, head, events.slice(from, from + BATCH).map((event, index) => ({ ...event, id: eventId(causationId, index), meta }))));
  }
}
