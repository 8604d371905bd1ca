import type { ConnectionSettings } from '@geres/contracts';
import { Bulkhead, type Place } from './bulkhead.js';

/** One bulkhead per (Comune, channel), as large as its connection says. */
export class Bulkheads {
  private readonly all = new Map<string, { readonly bulkhead: Bulkhead; settings: ConnectionSettings }>();

  reserve(connection: string, settings: ConnectionSettings): Place | undefined {
    const known = this.all.get(connection);
    if (!known) {
      const bulkhead = new Bulkhead(settings);
      this.all.set(connection, { bulkhead, settings });
      return bulkhead.reserve();
    }
    if (known.settings !== settings) {
      known.settings = settings;
      known.bulkhead.resize(settings);
    }
    return known.bulkhead.reserve();
  }

  /** Waiting and in flight, by `comune/channel`. */
  *depths(): Iterable<{ readonly connection: string; readonly queued: number; readonly inFlight: number }> {
    for (const [connection, { bulkhead }] of this.all) yield { connection, queued: bulkhead.queued, inFlight: bulkhead.inFlight };
  }
}
