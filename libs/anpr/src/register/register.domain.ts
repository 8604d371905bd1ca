import { known, lookupEvents, registerEvents, type EventOf } from '@geres/contracts';
import type { DomainEvent } from '@geres/kernel';
import { decodeTime } from 'ulid';
import { isOperationId } from '../protocol/pdnd/operation-id.domain.js';
import { counters, type Counters } from './usage.domain.js';

const contracts = [...lookupEvents, ...registerEvents] as const;
export type RegisterEvents = EventOf<(typeof contracts)[number]>;

/** What the register knows of one lookup. When it was asked is in its id. */
export interface Entry {
  readonly user: string;
  readonly application: string;
  readonly convention?: string;
  /** HMAC of the idempotency key and of the body. */
  readonly key?: string;
  readonly body?: string;
  /** Place in the order of recording, from 0. */
  readonly place: number;
  /** RFC 3339; of the last call, while it is open. */
  askBy?: string | undefined;
  status: 'open' | 'answered' | 'failed' | 'interrupted' | 'refused';
  /** Code told to the caller, of a lookup without an answer. */
  problem?: string | undefined;
}

/** A Comune's day: a fold that changes in place, since a day may hold hundreds of thousands of lookups. */
export interface RegisterState {
  readonly lookups: Map<string, Entry>;
  /** The ids of `lookups` by their place. */
  readonly order: string[];
  /** Lookups without outcome → the owner that recorded them. */
  readonly open: Map<string, string>;
  /** HMAC of an idempotency key → the last lookup that it is bound to. */
  readonly keys: Map<string, string>;
  readonly usage: Counters;
  /** Refusals that were recorded together, with their reason: the last of them, so that a redelivered command is recognised. */
  readonly counted: Map<string, string>;
  /** Blocks of `order` that have changed since they were last written to a snapshot. */
  readonly changed: Set<number>;
  /** Ids that many lookups share are kept once. */
  readonly words: Map<string, string>;
  owner?: string | undefined;
  /** The greatest operation id of `pdnd` that was given. It stays when its event did not come to pass: it may have left the process all the same. */
  lastOperation?: string | undefined;
}

/** Lookups that a snapshot keeps together. */
export const BLOCK = 1000;
const COUNTED_KEPT = 5000;

export const emptyRegister = (usage: Counters = counters()): RegisterState => ({
  lookups: new Map(),
  order: [],
  open: new Map(),
  keys: new Map(),
  usage,
  counted: new Map(),
  changed: new Set(),
  words: new Map(),
});

/** Absorbs one event in place. An event that was absorbed already leaves the lookups as they are. An event that this release does not know throws. */
export function absorb(state: RegisterState, stored: DomainEvent): void {
  const event = known(contracts, stored);
  const { usage } = state;
  switch (event.type) {
    case 'anpr.register.taken':
      state.owner = event.data.owner;
      return;
    case 'anpr.lookup.requested': {
      const { lookup, user, application, convention, askBy, key, body, operationId } = event.data;
      enter(state, lookup, { user, application, convention, askBy, status: 'open', ...(key && body ? { key, body } : {}) });
      state.open.set(lookup, state.owner ?? '');
      usage.lookup(user, convention, decodeTime(lookup));
      state.lastOperation = laterOperation(state.lastOperation, operationId);
      return;
    }
    case 'anpr.lookup.refused': {
      const { lookup, user, application, convention, reason } = event.data;
      enter(state, lookup, { user, application, ...(convention ? { convention } : {}), status: 'refused', problem: reason });
      usage.refused(application, reason, decodeTime(lookup));
      return;
    }
    case 'anpr.lookup.refusals-counted': {
      const { counted } = state;
      for (const lookup of event.data.lookups) counted.set(lookup, event.data.reason);
      for (const lookup of counted.keys().take(Math.max(0, counted.size - COUNTED_KEPT))) counted.delete(lookup);
      return;
    }
    case 'anpr.lookup.asked': {
      const entry = state.lookups.get(event.data.lookup);
      if (!entry) return;
      entry.askBy = event.data.askBy;
      state.lastOperation = laterOperation(state.lastOperation, event.data.operationId);
      touch(state, entry);
      if (entry.convention) usage.call(entry.convention);
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

/** The greater of two operation ids of `pdnd`. Those of `ws` are ULIDs: they have no order to keep. */
export function laterOperation(known: string | undefined, id: string | undefined): string | undefined {
  if (id === undefined || !isOperationId(id)) return known;
  return known === undefined || BigInt(id) > BigInt(known) ? id : known;
}

/** The way back to before `event`, taken before it is absorbed: for an append that did not come to pass. To be gone in reverse order. */
export function wayBack(state: RegisterState, event: RegisterEvents): () => void {
  const { lookups, open, keys, usage } = state;
  switch (event.type) {
    case 'anpr.register.taken': {
      const { owner } = state;
      return () => void (state.owner = owner);
    }
    case 'anpr.lookup.requested': {
      const { lookup, user, convention, key } = event.data;
      const bound = key && keys.get(key);
      return () => {
        leave(state, lookup);
        open.delete(lookup);
        if (key && bound) keys.set(key, bound);
        else if (key) keys.delete(key);
        usage.lookup(user, convention, decodeTime(lookup), -1);
      };
    }
    case 'anpr.lookup.refused': {
      const { lookup, application, reason } = event.data;
      return () => {
        leave(state, lookup);
        usage.refused(application, reason, decodeTime(lookup), -1);
      };
    }
    case 'anpr.lookup.refusals-counted':
      return () => event.data.lookups.forEach((lookup) => state.counted.delete(lookup));
    case 'anpr.lookup.asked':
    case 'anpr.lookup.answered':
    case 'anpr.lookup.failed':
    case 'anpr.lookup.interrupted': {
      const { lookup } = event.data;
      const entry = lookups.get(lookup);
      if (!entry) return () => undefined;
      const { askBy, status, problem } = entry;
      const owner = open.get(lookup);
      return () => {
        Object.assign(entry, { askBy, status, problem });
        if (owner !== undefined) open.set(lookup, owner);
        if (event.type === 'anpr.lookup.asked' && entry.convention) usage.call(entry.convention, -1);
      };
    }
    default:
      return event satisfies never;
  }
}

/** Puts a lookup in its place; one that is there keeps it. */
export function enter(state: RegisterState, lookup: string, entry: Omit<Entry, 'place'>): void {
  const place = state.lookups.get(lookup)?.place ?? state.order.push(lookup) - 1;
  const { user, application, convention } = entry;
  const kept: Entry = { ...entry, user: word(state, user), application: word(state, application), ...(convention ? { convention: word(state, convention) } : {}), place };
  state.lookups.set(lookup, kept);
  if (kept.key) state.keys.set(kept.key, lookup);
  touch(state, kept);
}

/** Only the last one can leave. */
function leave(state: RegisterState, lookup: string): void {
  state.lookups.delete(lookup);
  state.order.pop();
}

function close(state: RegisterState, lookup: string, status: Entry['status'], problem?: string): void {
  const entry = state.lookups.get(lookup);
  if (!entry) return;
  entry.status = status;
  entry.askBy = undefined;
  entry.problem = problem;
  state.open.delete(lookup);
  touch(state, entry);
}

const touch = ({ changed }: RegisterState, { place }: Entry): void => void changed.add(Math.floor(place / BLOCK));

function word({ words }: RegisterState, text: string): string {
  const known = words.get(text) ?? text;
  words.set(known, known);
  return known;
}
