import { known, lookupEvents, registerEvents, type EventOf } from '@geres/contracts';
import type { DomainEvent, EventMeta } from '@geres/kernel';
import { counters, type Counters } from './usage.domain.js';

const contracts = [...lookupEvents, ...registerEvents] as const;
export type RegisterEvents = EventOf<(typeof contracts)[number]>;

/** What the register knows of one lookup. */
export interface Entry {
  readonly user: string;
  readonly application: string;
  /** When it was recorded, ms. */
  readonly at: number;
  readonly convention?: string;
  readonly key?: string;
  readonly body?: string;
  /** RFC 3339; of the last call. Absent for a refused lookup. */
  askBy?: string;
  status: 'open' | 'answered' | 'failed' | 'interrupted' | 'refused';
  /** Code told to the caller, of a refused or failed lookup. */
  problem?: string;
}

/** A Comune's day: a fold that changes in place, since a day may hold hundreds of thousands of lookups. */
export interface RegisterState {
  readonly lookups: Map<string, Entry>;
  readonly open: Set<string>;
  /** HMAC of an idempotency key → the last lookup that it is bound to. */
  readonly keys: Map<string, string>;
  readonly usage: Counters;
  owner?: string;
}

export const emptyRegister = (): RegisterState => ({ lookups: new Map(), open: new Set(), keys: new Map(), usage: counters() });

/** Absorbs one event in place. An event that this release does not know throws. */
export function absorb(state: RegisterState, stored: DomainEvent & { readonly meta: Pick<EventMeta, 'recordedAt'> }): void {
  const event = known(contracts, stored);
  const at = Date.parse(stored.meta.recordedAt);
  switch (event.type) {
    case 'anpr.register.taken':
      state.owner = event.data.owner;
      return;
    case 'anpr.lookup.requested': {
      const { lookup, user, application, convention, askBy, key, body } = event.data;
      state.lookups.set(lookup, { user, application, at, convention, askBy, status: 'open', ...(key ? { key } : {}), ...(body ? { body } : {}) });
      state.open.add(lookup);
      if (key) state.keys.set(key, lookup);
      state.usage.lookup(user, convention, at);
      return;
    }
    case 'anpr.lookup.refused': {
      const { lookup, user, application, reason } = event.data;
      state.lookups.set(lookup, { user, application, at, status: 'refused', problem: reason });
      return;
    }
    case 'anpr.lookup.refusals-counted':
      return; // their callers were told; nothing to pick up
    case 'anpr.lookup.asked': {
      const entry = state.lookups.get(event.data.lookup);
      if (!entry) return;
      entry.askBy = event.data.askBy;
      if (entry.convention) state.usage.call(entry.convention);
      return;
    }
    case 'anpr.lookup.answered':
      return close(state, event.data.lookup, 'answered');
    case 'anpr.lookup.failed':
      return close(state, event.data.lookup, 'failed', event.data.problem);
    case 'anpr.lookup.interrupted':
      return close(state, event.data.lookup, 'interrupted', 'richiesta-interrotta');
    default:
      event satisfies never;
  }
}

function close(state: RegisterState, lookup: string, status: Entry['status'], problem?: string): void {
  const entry = state.lookups.get(lookup);
  if (!entry) return;
  entry.status = status;
  if (problem) entry.problem = problem;
  state.open.delete(lookup);
}
