import { createHash } from 'node:crypto';
import { romeDay, type ConnectionSettings, type Sealed } from '@geres/contracts';
import { handle, type EventMeta, type EventStore } from '@geres/kernel';
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
  readonly settings?: Partial<ConnectionSettings>;
}

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** The same operator at every start: a ULID's shape, from the Comune. */
const operatorOf = (comune: string): string => `0${Array.from(createHash('sha256').update(`operator ${comune}`).digest().subarray(0, 25), (byte) => CROCKFORD[byte & 31]).join('')}`;

/** Connects the demo Comuni to the simulator. Idempotent: a second start appends nothing unless the address changed. Environment `test` alone. */
export async function seedConnections({ store, keys, clock, installation, endpoint, connections, settings }: SeedOptions): Promise<void> {
  if (installation.environment !== 'test') throw new Error('demo connections exist in environment test alone');
  for (const { comune, senderCode, operatorCodiceFiscale } of connections) {
    const of = { comune, channel: 'ws' as const };
    const operator = operatorOf(comune);
    const now = clock();
    const run = (command: ConnectionCommand): Promise<unknown> => {
      const causationId = ulid(now.getTime());
      const meta: EventMeta = { actor: 'system:demo', correlationId: causationId, causationId, recordedAt: now.toISOString(), environment: installation.environment };
      return handle(store, connection, `connection-${comune}-ws`, command, meta);
    };
    const complete: ConnectionSettings = { endpoint, senderCode, security: 'none', timeoutMs: 20_000, maxInFlight: 300, maxQueued: 1000, ...settings };
    await run({ ...of, type: 'configure', settings: complete, environment: 'test' });
    const codiceFiscale: Sealed = (await keys.connector.box(`operator/${operator}`)).seal(operatorCodiceFiscale, operator);
    await run({ ...of, type: 'assign-operator', operator, codiceFiscale, from: romeDay(now), acceptedAt: now.toISOString() });
    await run({ ...of, type: 'activate', today: romeDay(now) });
  }
}
