import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/**
 * What is measured. Labels take values from closed lists (outcomes, services, reasons, routes) or from the Comuni of the installation: never a person, a user
 * or a lookup.
 */
export interface Metrics {
  readonly registry: Registry;
  readonly lookups: Counter<'esito' | 'servizio' | 'canale'>;
  readonly refusals: Counter<'motivo'>;
  /** From the arrival at the gateway to the reply. */
  readonly lookupSeconds: Histogram;
  readonly anprSeconds: Histogram;
  readonly storeSeconds: Histogram;
  readonly httpRequests: Counter<'metodo' | 'rotta' | 'stato'>;
  readonly httpSeconds: Histogram<'rotta'>;
  /** Asked for at each scrape; several entries of a Comune (its channels) are added up. */
  observeQueues(read: () => readonly { readonly comune: string; readonly queued: number; readonly inFlight: number }[]): void;
  /** Whether ANPR is asked; asked for at each scrape. */
  observeCircuits(read: () => readonly { readonly comune: string; readonly channel: string; readonly circuit: keyof typeof CIRCUITS }[]): void;
  /** Whether the last probe of an active connection was answered; asked for at each scrape. */
  observeConnections(read: () => readonly { readonly comune: string; readonly channel: string; readonly reachable: boolean }[]): void;
  /** Seconds until a use of a connection is left without a certificate, less than zero once it is; asked for at each scrape. */
  observeCertificates(read: () => readonly CertificateEnd[]): void;
  /** How long ANPR supports the version of its protocol that is spoken, zero or less once it does not; `undefined`: nothing says when it ends. Asked for at each scrape. */
  observeProtocol(read: () => { readonly version: string; readonly seconds: number } | undefined): void;
  /** Seconds by which a projection is behind; asked for at each scrape. */
  observeLag(name: string, read: () => number): void;
}

export interface CertificateEnd {
  readonly comune: string;
  readonly channel: string;
  readonly use: string;
  readonly seconds: number;
}

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120];

/** 1: one question tries whether ANPR answers again; 2: nothing leaves. */
const CIRCUITS = { closed: 0, 'half-open': 1, open: 2 } as const;

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const queues: (() => readonly { readonly comune: string; readonly queued: number; readonly inFlight: number }[])[] = [];
  const circuits: Parameters<Metrics['observeCircuits']>[0][] = [];
  const connections: Parameters<Metrics['observeConnections']>[0][] = [];
  const certificates: (() => readonly CertificateEnd[])[] = [];
  const protocols: Parameters<Metrics['observeProtocol']>[0][] = [];
  const lags = new Map<string, () => number>();
  new Gauge({
    name: 'geres_queue_depth',
    help: 'Lookups that wait for their turn, by Comune',
    labelNames: ['comune'],
    registers,
    collect() {
      this.reset();
      for (const read of queues) for (const { comune, queued } of read()) this.inc({ comune }, queued);
    },
  });
  new Gauge({
    name: 'geres_connection_reachable',
    help: 'Whether ANPR answered the last probe of an active connection: 1 or 0',
    labelNames: ['comune', 'canale'],
    registers,
    collect() {
      this.reset();
      for (const read of connections) for (const { comune, channel, reachable } of read()) this.set({ comune, canale: channel }, reachable ? 1 : 0);
    },
  });
  new Gauge({
    name: 'geres_in_flight',
    help: 'Lookups that wait for ANPR, by Comune',
    labelNames: ['comune'],
    registers,
    collect() {
      this.reset();
      for (const read of queues) for (const { comune, inFlight } of read()) this.inc({ comune }, inFlight);
    },
  });
  new Gauge({
    name: 'geres_circuit_state',
    help: 'Whether ANPR is asked, by Comune and channel: 0 it is, 1 one question tries whether it answers again, 2 it is not',
    labelNames: ['comune', 'canale'],
    registers,
    collect() {
      this.reset();
      for (const read of circuits) for (const { comune, channel, circuit } of read()) this.set({ comune, canale: channel }, CIRCUITS[circuit]);
    },
  });
  new Gauge({
    name: 'geres_certificate_expiry_seconds',
    help: 'Until a Comune is left without a certificate for a use of a channel, by Comune, channel and use',
    labelNames: ['comune', 'canale', 'uso'],
    registers,
    collect() {
      this.reset();
      for (const read of certificates) for (const { comune, channel, use, seconds } of read()) this.set({ comune, canale: channel, uso: use }, seconds);
    },
  });
  new Gauge({
    name: 'geres_anpr_protocol_expiry_seconds',
    help: 'Until ANPR ceases to support the version of its protocol that GeRes speaks; zero or less: it does not',
    labelNames: ['versione'],
    registers,
    collect() {
      this.reset();
      for (const read of protocols) {
        const found = read();
        if (found) this.set({ versione: found.version }, found.seconds);
      }
    },
  });
  new Gauge({
    name: 'geres_projection_lag_seconds',
    help: 'How old what a projection knows is',
    labelNames: ['projection'],
    registers,
    collect() {
      for (const [projection, read] of lags) this.set({ projection }, read());
    },
  });
  return {
    registry,
    lookups: new Counter({ name: 'geres_lookups_total', help: 'Lookups by outcome', labelNames: ['esito', 'servizio', 'canale'], registers }),
    refusals: new Counter({ name: 'geres_refusals_total', help: 'Lookups that were not admitted, by reason', labelNames: ['motivo'], registers }),
    lookupSeconds: new Histogram({ name: 'geres_lookup_seconds', help: 'From the arrival of a lookup to its reply', buckets: SECONDS, registers }),
    anprSeconds: new Histogram({ name: 'geres_anpr_seconds', help: 'How long ANPR took', buckets: SECONDS, registers }),
    storeSeconds: new Histogram({ name: 'geres_store_append_seconds', help: 'From an append to its commit', buckets: SECONDS, registers }),
    httpRequests: new Counter({ name: 'geres_http_requests_total', help: 'HTTP requests', labelNames: ['metodo', 'rotta', 'stato'], registers }),
    httpSeconds: new Histogram({ name: 'geres_http_seconds', help: 'HTTP requests', labelNames: ['rotta'], buckets: SECONDS, registers }),
    observeQueues: (read) => void queues.push(read),
    observeCircuits: (read) => void circuits.push(read),
    observeConnections: (read) => void connections.push(read),
    observeCertificates: (read) => void certificates.push(read),
    observeProtocol: (read) => void protocols.push(read),
    observeLag: (name, read) => void lags.set(name, read),
  };
}
