import { createHash } from 'node:crypto';
import { romeDay, type Sealed, type WsSettings } from '@geres/contracts';
import { fold, handle, whole, type EventMeta, type EventStore } from '@geres/kernel';
import type { Clock, Installation } from '@geres/platform';
import type { KeyStores } from '@geres/platform/keys';
import { ulid } from 'ulid';
import { connection, type ConnectionCommand } from './connection.domain.js';

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
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The same operator at every start: a ULID's shape, from the Comune. */
const operatorOf = (comune: string): string => `0${Array.from(createHash('sha256').update(`operator ${comune}`).digest().subarray(0, 25), (byte) => CROCKFORD[byte & 31]).join('')}`;

/**
 * Connects the demo Comuni to the simulator. A second start appends nothing, unless the simulator's address changed or the first did not come to its end: what
 * people have changed since then (another operator, a suspension) stays. Environment `test` alone.
 */
export async function seedConnections(options: SeedOptions): Promise<void> {
  if (options.installation.environment !== 'test') throw new Error('demo connections exist in environment test alone');
  for (const one of options.connections) await seedConnection(one, options);
}

async function seedConnection({ comune, senderCode, operatorCodiceFiscale }: DemoConnection, { store, keys, clock, installation, endpoint, settings }: SeedOptions): Promise<void> {
  const of = { comune, channel: 'ws' as const };
  const stream = `connection-${comune}-ws`;
  const now = clock();
  const run = (command: ConnectionCommand): Promise<unknown> => {
    const causationId = ulid(now.getTime());
    const meta: EventMeta = { actor: 'system:demo', correlationId: causationId, causationId, recordedAt: now.toISOString(), environment: installation.environment };
    return handle(store, connection, stream, command, meta);
  };
  const found = fold(connection, (await whole(store.read(stream))).events);
  const wanted: WsSettings =
    found.status === 'absent' ? { endpoint, senderCode, security: 'none', timeoutMs: 20_000, maxInFlight: 300, maxQueued: 1000, ...settings } : { ...(found.settings as WsSettings), endpoint };
  await run({ ...of, type: 'configure', settings: wanted, environment: 'test' });
  if (found.status === 'active' || found.status === 'suspended') return;
  const operator = operatorOf(comune);
  if (found.status === 'absent' || found.operators.length === 0) {
    const codiceFiscale: Sealed = (await keys.connector.box(`operator/${operator}`)).seal(operatorCodiceFiscale, operator);
    await run({ ...of, type: 'assign-operator', operator, codiceFiscale, from: romeDay(now), informedAt: now.toISOString(), acceptedAt: now.toISOString() });
  }
  await run({ ...of, type: 'activate', now: now.toISOString(), today: romeDay(now) });
}
