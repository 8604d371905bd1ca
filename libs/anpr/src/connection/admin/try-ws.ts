import type { ConnectionTest, WsSettings } from '@geres/contracts';
import type { Environment } from '@geres/kernel';
import { newUlid, type Clock } from '@geres/platform';
import { Agents, type TlsMaterial } from '../../channel/agents.js';
import type { ServicePorts } from '../../channel/service-call.js';
import { testConn } from '../../channel/testconn.js';
import type { Signing } from '../../channel/ws/security.js';
import { envelope } from '../../protocol/soap/index.js';
import { CannotSign } from '../../protocol/wss/index.js';
import type { AnprOperator } from '../connection.domain.js';
import { testConnStep } from './failures.domain.js';

export interface WsTrial {
  readonly comune: string;
  readonly settings: WsSettings;
  /** In whose name ANPR is asked; without one nothing can be signed. */
  readonly operator: AnprOperator | undefined;
  readonly environment: Environment;
  readonly clock: Clock;
  /** Errors: `CannotSign`. */
  readonly sign: (of: Signing, payload: string) => Promise<string>;
  /** Errors: `CannotSign`. */
  readonly tls: (of: Signing & { readonly settings: WsSettings }) => Promise<TlsMaterial>;
}

/** No test of a connection takes longer, whatever its settings say of lookups. */
const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 256 * 1024;

/** Sockets and signature of one call to ANPR that is about nobody, as the lookups of that Comune have them; given back when it is done. Errors: `CannotSign`. */
export async function withServicePorts<T>({ comune, settings, operator, environment, clock, sign, tls }: WsTrial, call: (ports: ServicePorts) => Promise<T>): Promise<T> {
  const of = { comune: { comune }, settings, ...(operator ? { anprOperator: operator } : {}) };
  const agents = new Agents(MAX_ANSWER_BYTES);
  try {
    const dispatcher = agents.of(comune, { endpoint: settings.endpoint, maxInFlight: 1, ...(await tls(of)) });
    return await call({
      dispatcher,
      endpoint: settings.endpoint,
      senderCode: settings.senderCode,
      environment,
      newOperationId: () => newUlid(clock().getTime()),
      sign: (payload) => (settings.security === 'none' ? Promise.resolve(envelope(payload)) : sign(of, payload)),
      clock,
      timeoutMs: Math.min(settings.timeoutMs, TIMEOUT_MS),
    });
  } finally {
    await agents.close();
  }
}

/** TestConn: network, TLS and signature of the Comune, and no person. */
export async function tryWs(trial: WsTrial): Promise<ConnectionTest> {
  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  try {
    const called = await withServicePorts(trial, testConn);
    if (called.kind === 'answered') return { succeeded: true, elapsedMs: called.elapsedMs };
    return { succeeded: false, step: testConnStep(called), ...(called.code === '' ? {} : { detail: called.code }), elapsedMs: called.elapsedMs };
  } catch (error) {
    if (!(error instanceof CannotSign)) throw error;
    return { succeeded: false, step: 'chiave', detail: error.reason.slice(0, 60), elapsedMs: elapsed() };
  }
}
