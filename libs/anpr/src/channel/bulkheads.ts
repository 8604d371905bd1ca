import type { ConnectionSettings } from '@geres/contracts';
import { isWs } from '../connection/endpoints.domain.js';
import type { Circuit } from './breaker.domain.js';
import { Bulkhead, type BulkheadSize, type Place } from './bulkhead.js';

export interface BulkheadsPorts {
  /** Told whenever the circuit of a connection, `comune/channel`, opens, lets a probe through, or closes. */
  readonly onCircuit?: (connection: string, state: Circuit['state']) => void;
}

/** One bulkhead per (Comune, channel), as large as its connection says. */
export class Bulkheads {
  private readonly all = new Map<string, { readonly bulkhead: Bulkhead; settings: ConnectionSettings }>();

  constructor(private readonly ports: BulkheadsPorts = {}) {}

  reserve(connection: string, settings: ConnectionSettings): Place | undefined {
    const known = this.all.get(connection);
    if (!known) {
      const bulkhead = new Bulkhead(sizeOf(settings), { onCircuit: (state) => this.ports.onCircuit?.(connection, state) });
      this.all.set(connection, { bulkhead, settings });
      return bulkhead.reserve();
    }
    if (known.settings !== settings) {
      known.settings = settings;
      known.bulkhead.resize(sizeOf(settings));
    }
    return known.bulkhead.reserve();
  }

  /** Waiting and in flight, by `comune/channel`, and whether ANPR answers there. */
  *depths(): Iterable<{ readonly connection: string; readonly queued: number; readonly inFlight: number; readonly circuit: Circuit['state'] }> {
    for (const [connection, { bulkhead }] of this.all) yield { connection, queued: bulkhead.queued, inFlight: bulkhead.inFlight, circuit: bulkhead.state };
  }
}

const sizeOf = (settings: ConnectionSettings): BulkheadSize => {
  const { maxInFlight, maxQueued, breaker } = settings;
  return { maxInFlight, maxQueued, breaker, perMinute: isWs(settings) ? settings.operatorPerMinute : undefined };
};
