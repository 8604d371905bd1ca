import type { Clock } from '@geres/platform';
import type { Environment } from '@geres/kernel';
import type { Dispatcher } from 'undici';
import { classify, faultOf, NotSendable, RispostaIllegibile, type Mittente, type Rifiuto, type Testata } from '../protocol/soap/index.js';
import { CannotSign } from '../protocol/wss/index.js';
import { endpointOf } from './endpoints.js';
import { post, type Failed } from './post.js';
import { senderOf } from './sender.js';
import type { SoapBody } from './soap-body.js';

/** What a question to ANPR that is about nobody needs. */
export interface ServicePorts {
  readonly dispatcher: Dispatcher;
  /** Of service 3002: those of the others derive from it. */
  readonly endpoint: string;
  /** ISTAT code with which the Comune signs. */
  readonly senderCode: string;
  readonly environment: Environment;
  /** `idOperazioneComune` of a new message, never used before. */
  readonly newOperationId: () => string;
  /** The message around a payload, signed. Errors: `CannotSign`. */
  readonly sign: (payload: string) => Promise<string>;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** Where a call failed: a closed list, in the order in which a call goes through them. */
export const STEPS = ['firma', 'rete', 'tls', 'fault', 'errore', 'illeggibile'] as const;
export type Step = (typeof STEPS)[number];

/** `code` tells one cause from another within the step: a code of ANPR, of the network or of ours, never a text of ANPR. */
export interface Unanswered {
  readonly kind: 'failed';
  readonly step: Step;
  readonly code: string;
  readonly elapsedMs: number;
}
export type Called<T> = { readonly kind: 'answered'; readonly answer: T; readonly elapsedMs: number } | Unanswered;

interface Service<Ok> {
  readonly service: Parameters<typeof endpointOf>[0];
  /** Errors: `NotSendable`. */
  readonly build: (mittente: Mittente) => string;
  /** Errors: `RispostaIllegibile`. */
  readonly parse: (body: SoapBody) => Ok | Rifiuto;
}

/** Asks one service of ANPR one question, once more if the transport fails. Never throws: what goes wrong is said. */
export async function callService<Ok extends { readonly kind: 'ok'; readonly testata: Testata }>(ports: ServicePorts, { service, build, parse }: Service<Ok>): Promise<Called<Ok>> {
  const { dispatcher, endpoint, senderCode, environment, newOperationId, sign, clock, timeoutMs, signal = new AbortController().signal } = ports;
  const started = performance.now();
  const failed = (step: Step, code: string): Unanswered => ({ kind: 'failed', step, code: code.slice(0, 60), elapsedMs: Math.round(performance.now() - started) });
  const operationId = newOperationId();
  try {
    const payload = build(senderOf({ operationId, senderCode, environment, now: clock() }));
    const message = (): Promise<string | Failed> => sign(payload).catch(unsigned);
    const posted = await post({ dispatcher, endpoint: endpointOf(service, endpoint), message, timeoutMs, mayStart: () => !signal.aborted, signal });
    if (posted.kind === 'failed') return failed(...whereOf(posted));
    const risposta = parse(posted);
    if (risposta.kind === 'fault') return failed('fault', faultOf(risposta.faultcode, risposta.faultstring).replace(/^fault-/, ''));
    if (risposta.kind === 'ko') return failed('errore', classify(risposta.errori).codice || 'senza-codice');
    if (risposta.testata.idOperazioneComune !== operationId) return failed('illeggibile', 'operazione-diversa');
    return { kind: 'answered', answer: risposta, elapsedMs: Math.round(performance.now() - started) };
  } catch (error) {
    if (error instanceof RispostaIllegibile) return failed('illeggibile', error.reason);
    if (error instanceof NotSendable) return failed('errore', `non-inviabile ${error.field}`);
    throw error;
  }
}

const UNSIGNED = 'firma';

function unsigned(error: unknown): Failed {
  if (!(error instanceof CannotSign)) throw error;
  return { kind: 'failed', problem: 'connessione-non-attiva', detail: `${UNSIGNED}: ${error.reason}` };
}

/** Codes of OpenSSL and of Node about certificates and handshakes. */
const TLS = /^(?:CERT_|ERR_TLS_|ERR_SSL_|EPROTO$|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH$|INVALID_(?:CA|PURPOSE)$)/;

function whereOf({ problem, detail = problem }: Failed): readonly [Step, string] {
  if (detail.startsWith(UNSIGNED)) return ['firma', detail.slice(UNSIGNED.length).replace(/^[: ]+/, '')];
  if (detail.startsWith('illeggibile ')) return ['illeggibile', detail.slice('illeggibile '.length)];
  if (detail === 'compressa') return ['illeggibile', detail];
  if (TLS.test(detail)) return ['tls', detail];
  return ['rete', problem === 'anpr-tempo-scaduto' ? 'tempo-scaduto' : detail];
}

/** `fault client-policy`, `errore EN493`, `rete ECONNREFUSED`. */
export const explained = ({ step, code }: Pick<Unanswered, 'step' | 'code'>): string => (code === '' ? step : `${step} ${code}`);
