import type { ISocketFactory, Kafka, SASLOptions } from 'kafkajs';
import { connect, isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { lookOnlyWhereRequestsWait } from './request-queue.js';

/** How a process reaches Kafka. */
export interface KafkaSettings {
  /** `host:port` of some brokers of the cluster. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** The server's certificate is verified, always; `ca`: PEM of the authorities, if they are not the public ones. */
  readonly tls?: { readonly ca?: string } | undefined;
  readonly sasl?: { readonly username: string; readonly password: string; readonly mechanism?: 'scram-sha-512' | 'scram-sha-256' | 'plain' } | undefined;
}

/** What went wrong with Kafka, and is tried again: for log and metrics. */
export type OnTrouble = (what: 'send' | 'consume' | 'commit' | 'park' | 'open', error: unknown) => void;

/**
 * A client that says nothing by itself: a broker that has just started ("the coordinator is loading") or moves a partition is no error of anybody's, and what is, is
 * told by whoever meets it. `retries`: how often one request is tried before its caller is told.
 */
export async function kafkaOf({ brokers, clientId, tls, sasl }: KafkaSettings, retries: number): Promise<Kafka> {
  const { Kafka, logLevel } = (await import('kafkajs')).default;
  lookOnlyWhereRequestsWait();
  return new Kafka({
    clientId,
    brokers: [...brokers],
    socketFactory,
    ...(tls ? { ssl: tls.ca === undefined ? true : { ca: [tls.ca] } } : {}),
    ...(sasl ? { sasl: { mechanism: 'scram-sha-512', ...sasl } as SASLOptions } : {}),
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3000,
    requestTimeout: 10_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1000, multiplier: 2, factor: 0.1, retries },
  });
}

const KEEP_ALIVE_MS = 60_000;

/** As the library's own, but that a message does not wait for the broker to have confirmed the one before. */
const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
  const socket = (ssl as typeof ssl | undefined) ? connectTls({ host, port, ...(isIP(host) ? {} : { servername: host }), ...ssl }, onConnect) : connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, KEEP_ALIVE_MS).setNoDelay(true);
};

/** Tries until it succeeds or `signal` aborts; each failure is told. */
export async function untilItWorks<R>(work: () => Promise<R>, { signal, onFailure, everyMs = 500 }: { readonly signal: AbortSignal; readonly onFailure: (error: unknown) => void; readonly everyMs?: number }): Promise<R | undefined> {
  while (!signal.aborted) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) break;
      onFailure(error);
      await pause(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }
  return undefined;
}
