import type { EventMeta } from '@geres/kernel';
import { romeDay } from '@geres/contracts';
import type { Clock } from '@geres/platform';
import type { Registers } from '../register/registers.js';
import type { PickUp } from './pick-up.js';

/** ANPR's longest silence: past `askBy` and this, a lookup without outcome that nobody holds will never have one. */
export const ANPR_SILENCE_MS = 120_000;

export interface AbandonedPorts {
  readonly registers: Registers;
  readonly pickUp: PickUp;
  readonly isHeld: (lookup: string) => boolean;
  readonly clock: Clock;
  readonly metaOf: (causationId: string) => EventMeta;
  readonly silenceMs?: number;
}

/** Closes the lookups that a crash has left open in the registers of this process; forgets registers whose time has gone by. Harmless when run twice. */
export async function closeAbandoned({ registers, pickUp, isHeld, clock, metaOf, silenceMs = ANPR_SILENCE_MS }: AbandonedPorts): Promise<number> {
  const now = clock();
  const yesterday = romeDay(new Date(now.getTime() - 86_400_000));
  let closed = 0;
  for await (const { comune, day, register } of registers.held()) {
    let open = 0;
    for (const lookup of [...register.view.open]) {
      open += 1;
      const askBy = register.view.lookups.get(lookup)?.askBy;
      if (isHeld(lookup) || !askBy || Date.parse(askBy) + silenceMs > now.getTime()) continue;
      await pickUp.interrupt(register, comune, lookup, metaOf(lookup), 'processo-interrotto');
      closed += 1;
    }
    if (open === 0 && day < yesterday) registers.forget(comune, day);
  }
  return closed;
}
