import { createHash } from 'node:crypto';
import { romeDay, type InstalledCertificate, type Sealed, type WsSettings } from '@geres/contracts';
import { fold, handle, whole, type EventMeta, type EventStore } from '@geres/kernel';
import { newUlid, type Clock, type Installation } from '@geres/platform';
import { sealKey, type KeyStores } from '@geres/platform/keys';
import type { Custody } from '../custody/index.js';
import type { UsableCertificate } from './certificates.domain.js';
import { connection, connectionStream, type ConnectionCommand } from './connection.domain.js';

export interface DemoConnection {
  readonly comune: string;
  readonly senderCode: string;
  /** Of the demo's registry operator: synthetic. */
  readonly operatorCodiceFiscale: string;
}

export interface SeedOptions {
  readonly store: EventStore;
  readonly keys: KeyStores;
  readonly clock: Clock;
  readonly installation: Installation;
  /** Address of the simulator's service 3002. */
  readonly endpoint: string;
  readonly connections: readonly DemoConnection[];
  readonly settings?: Partial<WsSettings>;
  /** With it the connections sign; without it they are new without security. */
  readonly signing?: DemoSigning;
}

/** Where the keys of the demo come from, and where they are kept. */
export interface DemoSigning {
  readonly custody: Custody;
  /** A test certificate with its key for the server of a Comune, as its station is called (`058091-CO-9999`). */
  readonly issue: (station: string) => Promise<{ readonly pkcs12: Buffer; readonly password: string }>;
  /** Whether the simulator trusts the one in use: after a restore, its authority is another. */
  readonly isTrusted: (comune: string, certificates: readonly UsableCertificate[]) => Promise<boolean>;
  /** Who sees to its renewal. */
  readonly responsibleOf: (comune: string) => string;
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The same at every start: a ULID's shape, from a name. */
const idOf = (name: string): string => `0${Array.from(createHash('sha256').update(name).digest().subarray(0, 25), (byte) => CROCKFORD[byte & 31]).join('')}`;

/**
 * Connects the demo Comuni to the simulator. A second start appends nothing, unless the simulator's address changed or the first did not come to its end: what
 * people have changed since then (another operator, a suspension) stays. Environment `test` alone.
 */
export async function seedConnections(options: SeedOptions): Promise<void> {
  if (options.installation.environment !== 'test') throw new Error('demo connections exist in environment test alone');
  for (const one of options.connections) await seedConnection(one, options);
}

async function seedConnection({ comune, senderCode, operatorCodiceFiscale }: DemoConnection, { store, keys, clock, installation, endpoint, settings, signing }: SeedOptions): Promise<void> {
  const of = { comune, channel: 'ws' as const };
  const stream = connectionStream(comune, 'ws');
  const now = clock();
  const run = (command: ConnectionCommand): Promise<unknown> => {
    const causationId = newUlid(now.getTime());
    const meta: EventMeta = { actor: 'system:demo', correlationId: causationId, causationId, recordedAt: now.toISOString(), environment: installation.environment };
    return handle(store, connection, stream, command, meta);
  };
  const found = fold(connection, (await whole(store.read(stream))).events);
  const wanted: WsSettings =
    found.status === 'absent' ? { endpoint, senderCode, security: signing ? 'wss' : 'none', timeoutMs: 20_000, maxInFlight: 300, maxQueued: 1000, ...settings } : { ...(found.settings as WsSettings), endpoint };
  await run({ ...of, type: 'configure', settings: wanted, environment: 'test' });
  const install = async (from: DemoSigning): Promise<unknown> => run({ ...of, type: 'install-certificate', installed: await installedFor(of, senderCode, from), now: now.toISOString() });
  if (found.status === 'active' || found.status === 'suspended') {
    // Whoever has taken every certificate away wants none.
    if (signing && found.certificates.length > 0 && !(await signing.isTrusted(comune, found.certificates))) await install(signing);
    return;
  }
  if (signing && (found.status === 'absent' || found.certificates.length === 0)) await install(signing);
  if (found.status === 'absent' || found.operators.length === 0) {
    const operator = idOf(`operator ${comune}`);
    const codiceFiscale: Sealed = (await keys.connector.box(`operator/${operator}`)).seal(operatorCodiceFiscale, operator);
    await run({ ...of, type: 'assign-operator', operator, codiceFiscale, from: romeDay(now), informedAt: now.toISOString(), acceptedAt: now.toISOString() });
  }
  await run({ ...of, type: 'activate', now: now.toISOString(), today: romeDay(now) });
}

/** The way of every certificate: sealed to the connector, opened by its custody. */
async function installedFor(of: { readonly comune: string; readonly channel: 'ws' }, senderCode: string, { custody, issue, responsibleOf }: DemoSigning): Promise<InstalledCertificate> {
  const { pkcs12, password } = await issue(`${senderCode}-CO-9999`);
  const sealed = await sealKey({ pkcs12: pkcs12.toString('base64'), password }, await custody.publicKey(), of);
  return custody.install(of, { certificate: newUlid(), use: 'firma', responsible: responsibleOf(of.comune), sealed });
}
