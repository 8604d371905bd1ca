import type { LookupEvent, LookupOutcome, Sealed } from '@geres/contracts';
import type { Collection, EventMeta } from '@geres/kernel';
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
  readonly onInterrupted: () => void;
}

/** What is told of a lookup that is closed, and the closing of those that nobody can conclude. */
export class PickUp {
  constructor(private readonly ports: PickUpPorts) {}

  /**
   * A lookup as it is recorded: seen in its turn, so that an outcome that is still on its way to the store is told to nobody. `join`: a command that waits for
   * the outcome if there is none yet. Errors: as `Register.enter`.
   */
  find(register: Register, lookup: string, { join }: { readonly join?: string } = {}): Promise<Entry | undefined> {
    const { waiting } = this.ports;
    const recorder = register.view.open.get(lookup);
    // What another owner recorded may have been concluded by it since; what is not known may have been recorded by one.
    const afresh = recorder === undefined ? !register.view.lookups.has(lookup) : recorder !== register.owner;
    return register.look<Entry | undefined>(
      ({ lookups }) => {
        const entry = lookups.get(lookup);
        if (join !== undefined && entry?.status === 'open') waiting.join(lookup, join);
        return entry && { ...entry };
      },
      { afresh, undo: () => join !== undefined && waiting.leave(lookup, join) },
    );
  }

  /** What is told of a lookup that is closed. */
  async outcome(lookup: string, { status, problem }: Entry): Promise<LookupOutcome> {
    if (status !== 'answered') return problemAnswer(lookup, problem ?? 'richiesta-interrotta');
    const stored = await this.ports.answers.get(lookup);
    if (!stored) return problemAnswer(lookup, 'risposta-scaduta');
    const box = await this.ports.box();
    return { kind: 'answered', lookup, risposta: box.open(stored.sealed as Sealed, lookup) as Record<string, unknown> };
  }

  /** Closes a lookup if it is still open, and tells who waits; false: it was closed already. */
  async interrupt(register: Register, comune: string, lookup: string, meta: EventMeta, reason: 'processo-interrotto' | 'fermata'): Promise<boolean> {
    const event: LookupEvent = { type: 'anpr.lookup.interrupted', v: 1, data: { lookup, comune, reason } };
    const closed = await register.enter<boolean>(
      (state) => {
        const open = state.open.has(lookup);
        return { events: open ? [event] : [], meta, firstIndex: INTERRUPTION, result: open };
      },
      { evenIfLost: reason === 'fermata' },
    );
    if (!closed) return false;
    this.ports.onInterrupted();
    await this.ports.waiting.tell(lookup, problemAnswer(lookup, 'richiesta-interrotta'));
    return true;
  }
}
