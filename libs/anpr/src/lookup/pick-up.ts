import type { LookupEvent, LookupOutcome, Sealed } from '@geres/contracts';
import type { Collection, EventMeta } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { Box } from '@geres/platform/keys';
import type { Entry } from '../register/register.domain.js';
import { INTERRUPTION, type Register } from '../register/register.js';
import { problemAnswer } from './answers.js';
import type { StoredAnswer } from './conclusion.js';
import type { Waiting } from './waiting.js';

export interface PickUpPorts {
  readonly answers: Collection<StoredAnswer>;
  readonly box: () => Promise<Box>;
  readonly waiting: Waiting;
  readonly clock: Clock;
  readonly onInterrupted: () => void;
}

/** What is told of a lookup that is closed, and the closing of those that nobody can conclude. */
export class PickUp {
  constructor(private readonly ports: PickUpPorts) {}

  async of(lookup: string, entry: Entry): Promise<LookupOutcome> {
    if (entry.status !== 'answered') return problemAnswer(lookup, entry.problem ?? 'richiesta-interrotta');
    const stored = await this.ports.answers.get(lookup);
    if (!stored) return problemAnswer(lookup, 'risposta-scaduta');
    const box = await this.ports.box();
    return { kind: 'answered', lookup, risposta: box.open(stored.sealed as Sealed, lookup) as Record<string, unknown> };
  }

  /** Closes a lookup if it is still open. `causation` must be the same whenever the same closing is tried again. */
  async interrupt(register: Register, comune: string, lookup: string, meta: EventMeta, reason: 'processo-interrotto' | 'fermata'): Promise<void> {
    const event: LookupEvent = { type: 'anpr.lookup.interrupted', v: 1, data: { lookup, comune, reason } };
    const closed = await register.enter<boolean>((state) => {
      const open = state.open.has(lookup);
      return { events: open ? [event] : [], meta, firstIndex: INTERRUPTION, result: open };
    }, { evenIfLost: reason === 'fermata' });
    if (!closed) return;
    this.ports.onInterrupted();
    await this.ports.waiting.tell(lookup, problemAnswer(lookup, 'richiesta-interrotta'));
  }
}
