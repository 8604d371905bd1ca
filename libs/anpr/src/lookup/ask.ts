import type { AskLookup } from '@geres/contracts';
import { StoreUnavailable, type EventMeta } from '@geres/kernel';
import type { Clock, Installation } from '@geres/platform';
import type { KeyStores } from '@geres/platform/keys';
import { decodeTime } from 'ulid';
import type { Bulkheads } from '../channel/bulkheads.js';
import type { Place } from '../channel/bulkhead.js';
import { connectionKey } from '../grants/grants.js';
import { RegisterLost, type Entered, type Register } from '../register/register.js';
import type { RegisterState } from '../register/register.domain.js';
import type { Days, Registers } from '../register/registers.js';
import { problemAnswer, type Answers } from './answers.js';
import { decideAsking, type Decision } from './asking.domain.js';
import { civil } from './civil.domain.js';
import type { Flight } from './flights.js';
import type { PickUp } from './pick-up.js';
import { prepared, type Prepared } from './prepared.js';
import { SINGLE_REFUSALS, type Refusals } from './refusals.js';
import type { View } from './view.js';

export interface AskPorts {
  readonly registers: Registers;
  readonly view: View;
  readonly keys: KeyStores;
  readonly bulkheads: Bulkheads;
  readonly answers: Answers;
  readonly pickUp: PickUp;
  readonly refusals: Refusals;
  readonly clock: Clock;
  readonly installation: Installation;
  /** Told of every refusal that was recorded, by reason. */
  readonly onRefused: (reason: string) => void;
  /** Takes over a lookup whose request is durable. */
  readonly fly: (flight: Flight) => void;
  /** Whether a lookup is on its way to ANPR or back. */
  readonly isFlying: (lookup: string) => boolean;
}

/** A decision, the place in the bulkhead that it took, and whether its refusal is recorded by itself. */
type Taken = Decision & { readonly place?: Place; readonly alone?: boolean };

/** Admit and record, on one command. Resolves when the record is durable and the rest is in other hands; rejects when the command is to come again. */
export async function ask(command: AskLookup, ports: AskPorts): Promise<void> {
  const { registers, view, keys, clock } = ports;
  const { comune, caller, lookup } = command.data;
  const at = new Date(decodeTime(lookup));
  const [days, question, seen] = await Promise.all([registers.around(comune, at, clock()), prepared(command, at, keys.archive), view.seen(caller.session)]);
  await view.freshened();
  const taken = await days.day.enter<Taken>((state) => decided(command, question, state, days, seen, ports), { undo: ({ place }) => place?.release() });
  await follow(command, taken, days, question, ports);
}

function decided(command: AskLookup, { subject, tags, bound }: Prepared, day: RegisterState, { newestFirst }: Days, seen: boolean, ports: AskPorts): Entered<Taken> {
  const { view, bulkheads } = ports;
  const { lookup, comune, caller } = command.data;
  const gone = newestFirst.find(({ isLost }) => isLost);
  if (gone) throw new RegisterLost(gone.stream);
  let place: Place | undefined;
  const reserve = ({ channel }: { readonly channel: string }): boolean => {
    const connection = view.grantsNow.connections.get(connectionKey(comune, channel));
    place = connection && connection.status !== 'absent' ? bulkheads.reserve(connectionKey(comune, channel), connection.settings) : undefined;
    return place !== undefined;
  };
  const asking = { command, facts: view.facts(), fresh: seen && view.isFresh(), subject, tags, reserve, ...(bound ? { bound } : {}) };
  const decision = decideAsking(asking, day, newestFirst.map((register) => register.view));
  const meta = metaOf(command, ports);
  switch (decision.kind) {
    case 'requested':
      return { events: [decision.event], meta, result: { ...decision, ...(place ? { place } : {}) } };
    case 'refused': {
      const alone = day.usage.refusalsInMinute(caller.application, decision.refusal.reason, decodeTime(lookup)) < SINGLE_REFUSALS;
      return { events: alone ? [decision.event] : [], meta, result: { ...decision, alone } };
    }
    default:
      return { events: [], meta, result: decision };
  }
}

async function follow(command: AskLookup, taken: Taken, days: Days, { archive }: Prepared, ports: AskPorts): Promise<void> {
  const { answers, refusals, fly, onRefused } = ports;
  const { lookup, comune, caller } = command.data;
  switch (taken.kind) {
    case 'requested':
      fly({ command, admission: taken.admission, operationId: taken.operationId, askBy: new Date(taken.askBy), register: days.day, meta: metaOf(command, ports), archive, place: taken.place! });
      return answers.tell(lookup, { kind: 'recorded', lookup });
    case 'refused': {
      const { reason, retryAfter, limits } = taken.refusal;
      const at = new Date(decodeTime(lookup));
      if (!taken.alone) await refusals.together(lookup, { comune, day: civil(at).day, application: caller.application, reason }, at);
      onRefused(reason);
      return answers.tell(lookup, problemAnswer(lookup, reason, { ...(retryAfter === undefined ? {} : { retryAfter }), ...(limits ? { limits } : {}) }));
    }
    case 'repeated':
      return repeat(lookup, taken.first, days.newestFirst.find(({ view }) => view.lookups.has(taken.first)), ports);
    case 'key-reused':
      return answers.tell(lookup, problemAnswer(lookup, 'chiave-riutilizzata'));
    case 'known':
      return redelivered(command, days.day, ports);
    default:
      return taken satisfies never;
  }
}

/** Tells `to` what came of the first lookup with its key, or has it wait with those who wait already. */
async function repeat(to: string, first: string, register: Register | undefined, { answers, pickUp }: AskPorts): Promise<void> {
  const entry = register && (await pickUp.find(register, first, { join: to }));
  if (!entry) throw new StoreUnavailable('the first lookup with that key was on its way and did not arrive');
  if (entry.status === 'open') return answers.tell(to, { kind: 'recorded', lookup: first });
  await answers.tell(to, await pickUp.outcome(first, entry));
}

/**
 * A command that is recorded already. Its caller may not have been told: telling twice does no harm. If this process recorded it and nobody has it in hand,
 * the word that it was durable was lost, and it never left: it is closed at once.
 */
async function redelivered(command: AskLookup, register: Register, ports: AskPorts): Promise<void> {
  const { answers, pickUp, isFlying } = ports;
  const { lookup, comune } = command.data;
  const entry = await pickUp.find(register, lookup);
  if (!entry) {
    const reason = register.view.counted.get(lookup);
    return reason === undefined ? undefined : answers.tell(lookup, problemAnswer(lookup, reason));
  }
  if (entry.status !== 'open') return answers.tell(lookup, await pickUp.outcome(lookup, entry));
  if (register.view.open.get(lookup) !== register.owner || isFlying(lookup)) return answers.tell(lookup, { kind: 'recorded', lookup });
  // Closed by somebody else meanwhile: what came of it is told.
  if (!(await pickUp.interrupt(register, comune, lookup, metaOf(command, ports), 'processo-interrotto'))) return redelivered(command, register, ports);
}

function metaOf({ data: { lookup, caller, correlationId } }: AskLookup, { clock, installation }: AskPorts): EventMeta {
  const { user, application, session } = caller;
  return { actor: `user:${user}`, application, session, correlationId, causationId: lookup, recordedAt: clock().toISOString(), environment: installation.environment };
}
