import { setTimeout as pause } from 'node:timers/promises';
import { request, type Dispatcher } from 'undici';
import { RispostaIllegibile } from '../protocol/soap/index.js';
import type { ChannelOutcome } from './channel.js';
import { soapIn, type SoapBody } from './soap-body.js';

export type Failed = Extract<ChannelOutcome, { kind: 'failed' }>;
export type Posted = ({ readonly kind: 'envelope' } & SoapBody) | Failed;

export interface Posting {
  readonly dispatcher: Dispatcher;
  readonly endpoint: string;
  /** Sent as it is, each time; or made for each call, when it is signed. */
  readonly message: string | (() => Promise<string | Failed>);
  /** For one call, from its start to the last byte of its answer. */
  readonly timeoutMs: number;
  /** Whether a call may start now. */
  readonly mayStart: () => boolean;
  readonly signal: AbortSignal;
}

/** Pause before the one transport retry. */
export const RETRY_MS = 250;

/** Nothing of the question had left, or its answer was lost on the way: the same bytes may go again. */
export const RETRYABLE: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

/** Sends a SOAP message and waits for its answer, once more if the transport fails. Never throws: what goes wrong is said. */
export async function post(posting: Posting): Promise<Posted> {
  const message = await made(posting);
  if (typeof message !== 'string') return message;
  const first = await call(posting, message);
  if (first.kind === 'envelope' || !RETRYABLE.has(first.detail ?? '') || !posting.mayStart()) return first;
  await pause(RETRY_MS);
  if (!posting.mayStart()) return first;
  const again = await made(posting);
  return typeof again === 'string' ? call(posting, again) : first;
}

const failed = (problem: Failed['problem'], detail: string): Failed => ({ kind: 'failed', problem, detail: detail.slice(0, 60) });

/** The message of one call. A device that does not sign in time is not waited for. */
async function made({ message, timeoutMs, signal }: Posting): Promise<string | Failed> {
  if (typeof message === 'string') return message;
  const { promise: givenUp, resolve } = Promise.withResolvers<Failed>();
  const timer = setTimeout(() => resolve(failed('connessione-non-attiva', `firma oltre ${timeoutMs} ms`)), timeoutMs);
  const stop = (): void => resolve(failed('richiesta-interrotta', 'fermata'));
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    return await Promise.race([givenUp, message()]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

async function call({ dispatcher, endpoint, timeoutMs, signal }: Posting, message: string): Promise<Posted> {
  const cut = new AbortController();
  const stop = (): void => cut.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) stop();
    const { statusCode, headers, body } = await request(endpoint, {
      method: 'POST',
      dispatcher,
      signal: cut.signal,
      headers: { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""', 'accept-encoding': 'identity' },
      body: message,
    });
    // Faults of the XML gateway come with 200 or 500: the body tells.
    if (statusCode !== 200 && statusCode !== 500) {
      await body.dump();
      return failed('anpr-non-disponibile', `http ${statusCode}`);
    }
    const bytes = Buffer.from(await body.arrayBuffer());
    if (statusCode === 500 && !bytes.includes('Envelope')) return failed('anpr-non-disponibile', 'http 500');
    if ((one(headers['content-encoding']) ?? 'identity') !== 'identity') return failed('anpr-non-disponibile', 'compressa');
    return { kind: 'envelope', ...soapIn(one(headers['content-type']), bytes) };
  } catch (error) {
    if (error instanceof RispostaIllegibile) return failed('anpr-non-disponibile', `illeggibile ${error.reason}`);
    if (signal.aborted) return failed('richiesta-interrotta', 'fermata');
    if (cut.signal.aborted) return failed('anpr-tempo-scaduto', `oltre ${timeoutMs} ms`);
    return failed('anpr-non-disponibile', (error as { readonly code?: string }).code ?? (error as Error).name);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

const one = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header);
