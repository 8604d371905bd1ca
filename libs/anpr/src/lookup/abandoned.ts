import { romeDay } from '@geres/contracts';
import type { EventMeta } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { Register } from '../register/register.js';
import type { Registers } from '../register/registers.js';
import type { PickUp } from './pick-up.js';
import type { Waiting } from './waiting.js';

/** ANPR's longest silence: past `askBy` and this, a lookup without outcome that nobody holds will never have one. */
export const ANPR_SILENCE_MS = 120_000;

export interface AbandonedPorts {
  readonly registers: Registers;
  readonly pickUp: PickUp;
  readonly waiting: Waiting;
  /** Whether a lookup is in the hands of this process. */
  readonly isHeld: (lookup: string) => boolean;
  readonly clock: Clock;
  /** Metadata of what the connector does by itself. */
  readonly metaOf: (causationId: string) => EventMeta;
}

/**
 * Closes a lookup without outcome that nobody will conclude. One that this process recorded and does not hold never left it: at once. One of another owner may
 * still be in its hands: past every deadline. Harmless when run twice.
 */
export async function closeOverdue(register: Register, comune: string, lookup: string, causationId: string, ports: Omit<AbandonedPorts, 'registers' | 'waiting'>): Promise<boolean> {
  const { open, lookups } = register.view;
  const recorder = open.get(lookup);
  const askBy = lookups.get(lookup)?.askBy;
  if (recorder === undefined || askBy === undefined || ports.isHeld(lookup)) return false;
  if (recorder !== register.owner && Date.parse(askBy) + ANPR_SILENCE_MS > ports.clock().getTime()) return false;
  return ports.pickUp.interrupt(register, comune, lookup, ports.metaOf(causationId), 'processo-interrotto');
}

/** Closes the lookups that a crash has left open in the registers of this process; forgets registers whose time has gone by. Harmless when run twice. */
export async function closeAbandoned(ports: AbandonedPorts): Promise<number> {
  const { registers, clock } = ports;
  const yesterday = romeDay(new Date(clock().getTime() - 86_400_000));
  let closed = 0;
  for await (const { comune, day, register } of registers.held()) {
    await tellWaiting(register, ports);
    for (const lookup of [...register.view.open.keys()]) if (await closeOverdue(register, comune, lookup, lookup, ports)) closed += 1;
    if (register.view.open.size === 0 && day < yesterday) registers.forget(comune, day);
  }
  return closed;
}

/** Lookups that another process has in hand are concluded there: who waits for them here is told when that is seen in the store. */
async function tellWaiting(register: Register, { waiting, pickUp, isHeld }: Pick<AbandonedPorts, 'waiting' | 'pickUp' | 'isHeld'>): Promise<void> {
  for (const lookup of waiting.lookups()) {
    if (isHeld(lookup) || !register.view.lookups.has(lookup)) continue;
    const entry = await pickUp.find(register, lookup);
    if (entry && entry.status !== 'open') await waiting.tell(lookup, await pickUp.outcome(lookup, entry));
  }
}
