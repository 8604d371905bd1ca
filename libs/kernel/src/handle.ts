import { fold, type Decider } from './decider.js';
import type { DomainEvent, EventMeta, NewEvent } from './event.js';
import { whole, WrongVersion, type EventStore, type Head } from './event-store.js';
import { eventId } from './ids.js';

export interface HandleOptions {
  /** Version that the caller saw (from `If-Match`): another one is `WrongVersion`, never a new decision. */
  readonly expected?: number | undefined;
  /** How many times a lost race is decided again on fresh state. */
  readonly attempts?: number;
}

export interface Handled<E extends DomainEvent> {
  readonly head: Head;
  /** Position of the last event, where the store told it. Wait for it in a projection to read your own write. */
  readonly position?: string;
  readonly events: readonly E[];
  /** This very command (by `causationId`) had been done before: a redelivery. */
  readonly already: boolean;
}

/** Gives events the ids that their command implies. */
export const identified = <E extends DomainEvent>(events: readonly E[], meta: EventMeta): readonly NewEvent<E>[] =>
  events.map((event, index) => ({ id: eventId(meta.causationId, index), type: event.type, v: event.v, data: event.data, meta }));

/** load → fold → decide → append; a lost race is decided again on fresh state, a few times. */
export async function handle<S, C, E extends DomainEvent>(
  store: EventStore,
  decider: Decider<S, C, E>,
  stream: string,
  command: C,
  meta: EventMeta,
  { expected, attempts = 3 }: HandleOptions = {},
): Promise<Handled<E>> {
  for (let attempt = 1; ; attempt++) {
    const { events, head } = await whole(store.read(stream));
    const mine = events.filter((event) => event.meta.causationId === meta.causationId);
    if (mine.length > 0) return { head, position: mine.at(-1)!.position, events: mine as unknown as E[], already: true };
    if (expected !== undefined && expected !== head.version) throw new WrongVersion(stream, expected, head.version);
    const decided = decider.decide(command, fold(decider, events));
    const last = events.at(-1)?.position;
    if (decided.length === 0) return { head, ...(last === undefined ? {} : { position: last }), events: [], already: false };
    try {
      return { ...(await store.append(stream, head, identified(decided, meta))), events: decided, already: false };
    } catch (error) {
      if (!(error instanceof WrongVersion) || attempt === attempts) throw error;
    }
  }
}
