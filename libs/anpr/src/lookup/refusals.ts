import type { EventMeta } from '@geres/kernel';
import type { LookupEvent } from '@geres/contracts';
import type { Registers } from '../register/registers.js';
import type { RefusalReason } from './lookup.problems.js';

/** Of one (application, reason) in a Comune, so many refusals a minute are recorded one by one; the others together. */
export const SINGLE_REFUSALS = 60;
/** Ids in one counted event. */
const MOST = 500;
const FLUSH_MS = 1000;

/** Refusals that go together. */
export interface Refused {
  readonly comune: string;
  readonly day: string;
  readonly application: string;
  readonly reason: RefusalReason;
}

interface Group {
  readonly lookups: string[];
  readonly done: Promise<void>;
  readonly flush: () => void;
}

/**
 * Keeps a flood of refusals from flooding the archive: past the sixtieth of a minute they wait up to a second and become one event that lists them. Who is
 * refused is answered when that event is durable, like everybody.
 */
export class Refusals {
  private readonly groups = new Map<string, Group>();

  constructor(
    private readonly registers: Pick<Registers, 'of'>,
    private readonly metaOf: (causationId: string) => EventMeta,
  ) {}

  /** Resolves when the refusal of `lookup` is durable, together with others. If it rejects its command is to come again. */
  together(lookup: string, of: Refused, askedAt: Date): Promise<void> {
    const minute = new Date(Math.floor(askedAt.getTime() / 60_000) * 60_000).toISOString();
    const key = `${of.comune}/${of.application}/${of.reason}/${minute}/${of.day}`;
    let group = this.groups.get(key);
    if (!group) {
      group = this.open(key, of, minute);
      this.groups.set(key, group);
    }
    group.lookups.push(lookup);
    if (group.lookups.length >= MOST) group.flush();
    return group.done;
  }

  private open(key: string, refused: Refused, minute: string): Group {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const lookups: string[] = [];
    const flush = (): void => {
      clearTimeout(timer);
      this.groups.delete(key);
      this.record(refused, minute, lookups).then(resolve, reject);
    };
    const timer = setTimeout(flush, FLUSH_MS);
    return { lookups, done: promise, flush };
  }

  private async record({ comune, day, application, reason }: Refused, minute: string, lookups: readonly string[]): Promise<void> {
    const register = await this.registers.of(comune, day);
    await register.enter(({ counted }) => {
      // An earlier attempt of some of them may have been recorded after all, though it was told to have failed.
      const [first, ...others] = lookups.filter((lookup) => !counted.has(lookup));
      if (first === undefined) return { events: [], result: undefined };
      const event: LookupEvent = { type: 'anpr.lookup.refusals-counted', v: 1, data: { comune, application, reason, minute, lookups: [first, ...others] } };
      return { events: [event], meta: this.metaOf(`${first}/rifiuti`), result: undefined };
    });
  }
}
