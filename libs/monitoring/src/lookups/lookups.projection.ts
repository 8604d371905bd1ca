import { lookupEvents, registerEvents, UnknownEvent, type Channel, type LookupEvent, type Mode, type RegisterEvent, type Service, type StatoRichiesta, type Territory } from '@geres/contracts';
import type { CollectionSpec, DomainEvent, Folded, Recorded } from '@geres/kernel';
import { decodeTime } from 'ulid';

/**
 * One lookup as the archive tells it. Its person is not here: the sealed subject and its tags stay in the register, at the first of `versions`. Rows are kept
 * small on purpose: a replay writes millions.
 */
export interface LookupRow {
  readonly comune: string;
  /** Day of its register, in Europe/Rome. */
  readonly day: string;
  /** Instant of the ULID, in milliseconds of the epoch. */
  readonly askedAt: number;
  readonly application: string;
  readonly user?: string;
  readonly ente?: string;
  readonly session?: string;
  readonly convention?: string;
  readonly service?: Service;
  readonly mode?: Mode;
  readonly purpose?: string;
  readonly channel?: Channel;
  readonly territory?: Territory;
  readonly status: StatoRichiesta;
  /** `in-corso`; the outcome; the code of the problem or of the refusal; `interrotta`. */
  readonly outcome: string;
  readonly anprOperator?: string;
  /** Absent where it is the id of the lookup, as on `ws`. */
  readonly operationId?: string;
  readonly anprOperationId?: string;
  /** Asked, or disclosed once there is an answer: codes of table 16 of ANPR. */
  readonly sections?: readonly string[];
  /** Milliseconds of the epoch; while it is open. */
  readonly askBy?: number;
  readonly anprMs?: number;
  readonly totalMs?: number;
  readonly retryOf?: string;
  /** Where its events are in the register of its Comune and day, in order. */
  readonly versions: readonly number[];
}

export const IN_PROGRESS = 'in-corso';
export const INTERRUPTED = 'interrotta';

/**
 * Filters that have an index, in the order in which they narrow a search: a person asks fewer lookups than an application, an application fewer than its Ente.
 * Each index is one more write for every lookup: a service, one of few, is told apart on the rows.
 */
export const INDEXED = ['user', 'application', 'ente', 'outcome'] as const satisfies readonly (keyof LookupRow)[];
export type Filter = (typeof INDEXED)[number] | 'service';

export const lookupsSpec = {
  name: 'lookups-v1',
  indexes: [['comune', 'askedAt'], ...INDEXED.map((filter) => ['comune', filter, 'askedAt'] as const)],
} satisfies CollectionSpec<Folded<LookupRow>>;

type OnRegister = LookupEvent | RegisterEvent;

const KNOWN = Map.groupBy([...lookupEvents, ...registerEvents], ({ type }) => type as string);

/** As `known` of the contracts, in one look-up: a replay reads millions. */
export function onRegister(event: Recorded<DomainEvent>): Recorded<DomainEvent> & OnRegister {
  if (!KNOWN.get(event.type)?.some(({ v }) => v === event.v)) throw new UnknownEvent(event.type, event.v);
  return event as Recorded<DomainEvent> & OnRegister;
}

/** The lookups that an event of a register is about. */
export function lookupsOf(recorded: Recorded): readonly string[] {
  const event = onRegister(recorded);
  if (event.type === 'anpr.register.taken') return [];
  return event.type === 'anpr.lookup.refusals-counted' ? event.data.lookups : [event.data.lookup];
}

/** The row of a lookup after one of its events. Errors: `UnknownEvent`; an outcome without its question, which means that the archive is damaged. */
export function afterEvent(row: LookupRow | undefined, recorded: Recorded, id: string): LookupRow | undefined {
  const event = onRegister(recorded);
  switch (event.type) {
    case 'anpr.lookup.requested': {
      const { comune, application, user, ente, session, convention, service, mode, purpose, channel, territory, anprOperator, operationId, sections, askBy, retryOf } = event.data;
      return {
        ...placed(recorded, id),
        ...{ comune, application, user, ente, session, convention, service, mode, purpose, channel, territory, sections, askBy: Date.parse(askBy) },
        ...(anprOperator === undefined ? {} : { anprOperator }),
        ...(operationId === id ? {} : { operationId }),
        ...(retryOf === undefined ? {} : { retryOf }),
        status: 'aperta',
        outcome: IN_PROGRESS,
      };
    }
    case 'anpr.lookup.refused': {
      const { comune, application, user, ente, session, convention, service, mode, purpose, reason } = event.data;
      return {
        ...placed(recorded, id),
        ...{ comune, application, user, ente, session, service, mode, purpose },
        ...(convention === undefined ? {} : { convention }),
        status: 'rifiutata',
        outcome: reason,
      };
    }
    case 'anpr.lookup.refusals-counted': {
      const { comune, application, reason } = event.data;
      return { ...placed(recorded, id), comune, application, status: 'rifiutata', outcome: reason };
    }
    case 'anpr.lookup.asked': {
      const { operationId, askBy } = event.data;
      return { ...begun(row, recorded), operationId, askBy: Date.parse(askBy) };
    }
    case 'anpr.lookup.answered': {
      const { outcome, sections, anprOperationId, anprMs } = event.data;
      return { ...ended(row, recorded, anprOperationId, anprMs), sections, status: 'risposta', outcome };
    }
    case 'anpr.lookup.failed': {
      const { problem, anprOperationId, anprMs } = event.data;
      return { ...ended(row, recorded, anprOperationId, anprMs), status: 'fallita', outcome: problem };
    }
    case 'anpr.lookup.interrupted':
      return { ...ended(row, recorded), status: 'interrotta', outcome: INTERRUPTED };
    case 'anpr.register.taken':
      return row;
    default:
      return event satisfies never;
  }
}

/** `2026-11-23` of `register-H501-20261123`. */
const dayOf = (stream: string): string => `${stream.slice(-8, -4)}-${stream.slice(-4, -2)}-${stream.slice(-2)}`;

const placed = ({ stream, version }: Recorded, id: string): Pick<LookupRow, 'day' | 'askedAt' | 'versions'> => ({ day: dayOf(stream), askedAt: decodeTime(id), versions: [version] });

/** A register records the question before anything else of a lookup: an outcome without it means that the archive is damaged. */
function begun(row: LookupRow | undefined, { stream, version }: Recorded): LookupRow {
  if (row === undefined) throw new Error(`${stream} ${version}: an event of a lookup that was never requested`);
  return { ...row, versions: [...row.versions, version] };
}

function ended(row: LookupRow | undefined, recorded: Recorded, anprOperationId?: string, anprMs?: number): LookupRow {
  const { askBy: _, ...before } = begun(row, recorded);
  return {
    ...before,
    totalMs: Math.max(0, Date.parse(recorded.meta.recordedAt) - before.askedAt),
    ...(anprOperationId === undefined ? {} : { anprOperationId }),
    ...(anprMs === undefined ? {} : { anprMs }),
  };
}
