import type { LookupEvent } from '@geres/contracts';
import type { Clock } from '@geres/platform';
import { FURTHER_CALL } from '../register/register.js';
import type { Usage } from '../register/usage.domain.js';
import type { Flight } from './flights.js';
import type { LookupProblem } from './lookup.problems.js';
import type { View } from './view.js';

export interface FurtherPorts {
  readonly view: View;
  readonly clock: Clock;
  /** What forbids a call to start now. */
  readonly forbids: () => LookupProblem | undefined;
  readonly onStruggle: (error: unknown) => void;
}

/**
 * Records each call of a lookup beyond its first, before it starts: while the lookup is open and this process owns its register, as long as it may still leave
 * and the calls of the day are not used up. Resolves to the reason why it may not start; `undefined`: it is durable. Never rejects.
 */
export function furtherCalls({ command, admission, register, meta, askBy }: Flight, { view, clock, forbids, onStruggle }: FurtherPorts): (operationId: string) => Promise<LookupProblem | undefined> {
  const { lookup, comune } = command.data;
  let calls = 1;
  const used = ({ callsToday }: Usage): boolean => callsToday(admission.convention) >= (view.grantsNow.conventions.get(admission.convention)?.terms.quotas.callsPerDay ?? 0);
  return async (operationId) => {
    const call = (calls += 1);
    const asked: LookupEvent = { type: 'anpr.lookup.asked', v: 1, data: { lookup, comune, call, operationId, askBy: askBy.toISOString() } };
    try {
      await view.freshened();
      return await register.enter<LookupProblem | undefined>(({ open, usage }) => {
        const wrong = open.has(lookup) ? (forbids() ?? (used(usage) ? 'quota-superata' : undefined)) : 'richiesta-interrotta';
        return { events: wrong ? [] : [asked], meta: { ...meta, recordedAt: clock().toISOString() }, firstIndex: FURTHER_CALL + call, result: wrong };
      });
    } catch (error) {
      onStruggle(error);
      return 'richiesta-interrotta';
    }
  };
}
