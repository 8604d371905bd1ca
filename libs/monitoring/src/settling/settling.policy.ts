import { LOOKUP_COMMANDS, type SettleLookup } from '@geres/contracts';
import { eventId, type Collection, type CommandBus, type Folded } from '@geres/kernel';
import { rounds, type Clock } from '@geres/platform';
import { once } from 'node:events';
import { IN_PROGRESS, type LookupRow } from '../lookups/lookups.projection.js';
import { isOverdue, mayReport, reportedAgain, SETTLING_TIMES, type OpenLookup, type Reported, type SettlingTimes } from './settling.domain.js';
import type { Unsettled } from './unsettled.js';

export interface SettlingPorts {
  readonly lookups: Pick<Collection<Folded<LookupRow>>, 'find'>;
  /** The Comuni whose lookups are watched. */
  readonly comuni: () => readonly string[];
  readonly unsettled: Unsettled;
  readonly bus: Pick<CommandBus, 'send'>;
  readonly clock: Clock;
  /** Everything recorded until then is in the rows; `undefined` while they are being built. */
  readonly asOf: () => Date | undefined;
  readonly times?: SettlingTimes;
}

/** How long the connector may take up such a command: a later sweep sends it again. */
const VALID_MS = 300_000;
const PAGE = 500;

/**
 * Finds lookups without outcome past every deadline and has the connector close them: one command each, with an id that the lookup implies, so that sending it
 * again is harmless. Nobody answers; what is still open is reported again, at widening intervals.
 */
export class SettlingPolicy {
  private readonly reported = new Map<string, Reported>();
  private readonly times: SettlingTimes;

  constructor(private readonly ports: SettlingPorts) {
    this.times = ports.times ?? SETTLING_TIMES;
  }

  /**
   * Resolves to how many commands were accepted. A lookup is overdue at the instant for which the rows are known to be whole: while they are behind, its
   * outcome may be recorded and not in them yet. Errors: what the bus or the collection throws; the next sweep goes on from there.
   */
  async sweep(): Promise<number> {
    const now = this.ports.clock().getTime();
    const known = this.ports.asOf();
    if (known === undefined) return 0;
    const judgedAt = Math.min(now, known.getTime());
    const open = new Set<string>();
    let sent = 0;
    const { unsettled } = this.ports;
    for (const comune of this.ports.comuni().filter((one) => unsettled.mayBeIn(one))) {
      const notes = unsettled.notes(comune);
      let settled = true;
      for await (const one of this.openOf(comune)) {
        settled = false;
        open.add(one.lookup);
        if (!isOverdue(one, judgedAt, this.times)) continue;
        const before = this.reported.get(one.lookup);
        if (!mayReport(before, now)) continue;
        await this.ports.bus.send(LOOKUP_COMMANDS, commandFor(one, now));
        this.reported.set(one.lookup, reportedAgain(before, now, this.times));
        sent += 1;
      }
      if (settled) unsettled.settle(comune, notes);
    }
    for (const lookup of this.reported.keys()) if (!open.has(lookup)) this.reported.delete(lookup);
    return sent;
  }

  /** The oldest first. */
  private async *openOf(comune: string): AsyncIterable<OpenLookup> {
    let after: string | undefined;
    do {
      const found = await this.ports.lookups.find({ equal: { comune, outcome: IN_PROGRESS }, orderBy: { field: 'askedAt', direction: 'asc' }, limit: PAGE, ...(after === undefined ? {} : { after }) });
      for (const { id, row } of found.rows) if (row.askBy !== undefined) yield { lookup: id, comune, askBy: row.askBy };
      after = found.next;
    } while (after !== undefined);
  }
}

const commandFor = ({ lookup, comune }: OpenLookup, now: number): SettleLookup => ({
  type: 'anpr.lookup.settle',
  id: eventId(`settle/${lookup}`, 0),
  key: comune,
  issuedAt: new Date(now).toISOString(),
  expiresAt: new Date(now + VALID_MS).toISOString(),
  data: { lookup, comune },
});

/** Sweeps every `everyMs` until `signal` aborts; a sweep that fails is told to `onFailure`, and the next one tries again. */
export async function sweepEvery(everyMs: number, policy: Pick<SettlingPolicy, 'sweep'>, signal: AbortSignal, onFailure: (error: unknown) => void): Promise<void> {
  if (signal.aborted) return;
  const aborted = once(signal, 'abort');
  // The store that closes while a sweep is under way is no failure.
  const sweeps = rounds(() => policy.sweep(), { everyMs, onFailure: (error) => signal.aborted || onFailure(error) });
  sweeps.start(0);
  await aborted;
  await sweeps.stop();
}
