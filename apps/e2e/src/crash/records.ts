import { known, lookupEvents, type LookupEvent } from '@geres/contracts';
import { isCaughtUp, type EventStore } from '@geres/kernel';
import { decodeTime } from 'ulid';

export type Request = Extract<LookupEvent, { type: 'anpr.lookup.requested' }>['data'];
export type RefusalRecord = Pick<Extract<LookupEvent, { type: 'anpr.lookup.refused' }>['data'], 'lookup' | 'comune' | 'reason'> & { readonly user?: string; readonly convention?: string | undefined };
export type Outcome = Extract<LookupEvent, { type: 'anpr.lookup.answered' | 'anpr.lookup.failed' | 'anpr.lookup.interrupted' }>;

export type FurtherCall = Extract<LookupEvent, { type: 'anpr.lookup.asked' }>['data'];

/** One line of the archive about a lookup, in the order in which it was recorded. */
export type LookupRecord = { readonly kind: 'requested'; readonly data: Request } | { readonly kind: 'asked'; readonly data: FurtherCall } | { readonly kind: 'refused'; readonly data: RefusalRecord } | { readonly kind: 'outcome'; readonly event: Outcome };

/** What the archive says of lookups, read from its first event to its last. */
export interface Records {
  readonly inOrder: readonly LookupRecord[];
  readonly requests: ReadonlyMap<string, Request>;
  /** Further calls of a lookup, in the order in which they were recorded. */
  readonly further: ReadonlyMap<string, readonly FurtherCall[]>;
  readonly refusals: ReadonlyMap<string, RefusalRecord>;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

export const recordsOf = (inOrder: readonly LookupRecord[]): Records => ({
  inOrder,
  requests: new Map(inOrder.flatMap((one) => (one.kind === 'requested' ? [[one.data.lookup, one.data] as const] : []))),
  further: Map.groupBy(inOrder.flatMap((one) => (one.kind === 'asked' ? [one.data] : [])), ({ lookup }) => lookup),
  refusals: new Map(inOrder.flatMap((one) => (one.kind === 'refused' ? [[one.data.lookup, one.data] as const] : []))),
  outcomes: new Map(inOrder.flatMap((one) => (one.kind === 'outcome' ? [[one.event.data.lookup, one.event] as const] : []))),
});

/** What is there of the lookups over one channel. */
export function overChannel({ requests, further, outcomes }: Pick<Records, 'requests' | 'further' | 'outcomes'>, channel: Request['channel']): Pick<Records, 'requests' | 'further' | 'outcomes'> {
  const those = new Map([...requests].filter(([, request]) => request.channel === channel));
  const of = <T>(all: ReadonlyMap<string, T>): ReadonlyMap<string, T> => new Map([...all].filter(([lookup]) => those.has(lookup)));
  return { requests: those, further: of(further), outcomes: of(outcomes) };
}

export async function readRecords(store: Pick<EventStore, 'subscribe'>): Promise<Records> {
  const ending = new AbortController();
  const inOrder: LookupRecord[] = [];
  for await (const item of store.subscribe('start', { prefixes: ['register-'], signal: ending.signal })) {
    if (isCaughtUp(item)) break;
    if (item.type !== 'anpr.register.taken') inOrder.push(...recordsIn(known(lookupEvents, item)));
  }
  ending.abort();
  return recordsOf(inOrder);
}

function recordsIn(event: LookupEvent): readonly LookupRecord[] {
  switch (event.type) {
    case 'anpr.lookup.requested':
      return [{ kind: 'requested', data: event.data }];
    case 'anpr.lookup.refused':
      return [{ kind: 'refused', data: event.data }];
    case 'anpr.lookup.refusals-counted': {
      const { comune, reason, lookups } = event.data;
      return lookups.map((lookup) => ({ kind: 'refused', data: { lookup, comune, reason } }));
    }
    case 'anpr.lookup.asked':
      return [{ kind: 'asked', data: event.data }];
    case 'anpr.lookup.answered':
    case 'anpr.lookup.failed':
    case 'anpr.lookup.interrupted':
      return [{ kind: 'outcome', event }];
    default:
      return event satisfies never;
  }
}

export const askedAt = (lookup: string): Date => new Date(decodeTime(lookup));
