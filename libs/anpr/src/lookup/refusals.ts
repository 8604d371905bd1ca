import type { EventMeta } from '@geres/kernel';
import type { LookupEvent } from '@geres/contracts';
import type { RefusalReason } from './lookup.problems.js';

/** Of one (Comune, application, reason), so many refusals a minute are recorded one by one; the others together. */
export const SINGLE_REFUSALS = 60;
/** Ids in one counted event. */
const MOST = 500;
const FLUSH_MS = 1000;

interface Group {
  readonly comune: string;
  readonly application: string;
  readonly reason: RefusalReason;
  readonly lookups: string[];
  readonly day: string;
  readonly done: Promise<void>;
  readonly flush: () => void;
}

/**
 * Keeps a flood of refusals from flooding the archive: past the sixtieth of a minute they wait up to a second and become one event that lists them. Who is
 * refused is answered when that event is durable, like everybody.
 */
export class Refusals {
  private minute = 0;
  private readonly counts = new Map<string, number>();
  private readonly groups = new Map<string, Group>();

  constructor(private readonly record: (comune: string, day: string, event: LookupEvent, meta: Pick<EventMeta, 'causationId'>) => Promise<void>) {}

  /** Whether the next refusal is recorded by itself; counts it. */
  single(comune: string, application: string, reason: RefusalReason, now: Date): boolean {
    const minute = Math.floor(now.getTime() / 60_000);
    if (minute !== this.minute) {
      this.minute = minute;
      this.counts.clear();
    }
    const key = `${comune}/${application}/${reason}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return count <= SINGLE_REFUSALS;
  }

  /** Resolves when the refusal of `lookup` is durable, together with others. */
  together(lookup: string, of: { readonly comune: string; readonly day: string; readonly application: string; readonly reason: RefusalReason }, now: Date): Promise<void> {
    const key = `${of.comune}/${of.day}/${of.application}/${of.reason}`;
    let group = this.groups.get(key);
    if (!group) {
      group = this.open(key, of, now);
      this.groups.set(key, group);
    }
    group.lookups.push(lookup);
    if (group.lookups.length >= MOST) group.flush();
    return group.done;
  }

  private open(key: string, of: Pick<Group, 'comune' | 'day' | 'application' | 'reason'>, now: Date): Group {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const minute = new Date(Math.floor(now.getTime() / 60_000) * 60_000).toISOString();
    const lookups: string[] = [];
    const flush = (): void => {
      clearTimeout(timer);
      this.groups.delete(key);
      const { comune, application, reason } = of;
      const event: LookupEvent = { type: 'anpr.lookup.refusals-counted', v: 1, data: { comune, application, reason, minute, lookups } };
      this.record(comune, of.day, event, { causationId: `${lookups[0]!}/rifiuti` }).then(resolve, reject);
    };
    const timer = setTimeout(flush, FLUSH_MS);
    return { ...of, lookups, done: promise, flush };
  }
}
