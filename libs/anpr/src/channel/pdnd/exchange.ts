import { request, type Dispatcher } from 'undici';
import type { ChannelOutcome } from '../channel.js';
import { RETRYABLE } from '../post.js';

export type Failed = Extract<ChannelOutcome, { kind: 'failed' }>;
/** An answer, whatever it says; or none, and whether the question may go again. */
export type Exchanged = { readonly kind: 'reply'; readonly status: number; readonly header: (name: string) => string | undefined; readonly body: Buffer } | { readonly kind: 'lost'; readonly failed: Failed; readonly mayGoAgain: boolean };

export interface Exchange {
  readonly dispatcher: Dispatcher;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as it is: no charset, no compression, no other bytes. */
  readonly body: Buffer;
  /** From the start to the last byte of the answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export const failed = (problem: Failed['problem'], detail: string): Failed => ({ kind: 'failed', problem, detail: detail.slice(0, 60) });

/** One POST. Never throws. */
export async function exchange({ dispatcher, url, headers, body, timeoutMs, signal }: Exchange): Promise<Exchanged> {
  const cut = new AbortController();
  const stop = (): void => cut.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    if (signal?.aborted) stop();
    const reply = await request(url, { method: 'POST', dispatcher, headers: { ...headers, 'accept-encoding': 'identity' }, body, signal: cut.signal });
    const bytes = Buffer.from(await reply.body.arrayBuffer());
    const header = (name: string): string | undefined => {
      const value = reply.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    return { kind: 'reply', status: reply.statusCode, header, body: bytes };
  } catch (error) {
    if (signal?.aborted) return lost(failed('richiesta-interrotta', 'fermata'));
    if (cut.signal.aborted) return lost(failed('anpr-tempo-scaduto', `oltre ${timeoutMs} ms`));
    const code = (error as { readonly code?: string }).code ?? (error as Error).name;
    return lost(failed('anpr-non-disponibile', code), RETRYABLE.has(code));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

const lost = (failed: Failed, mayGoAgain = false): Exchanged => ({ kind: 'lost', failed, mayGoAgain });
