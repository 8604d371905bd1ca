import type { EventMeta, EventStore } from '@geres/kernel';
import { Register } from './register.js';

/** The day of a lookup, with the day before it: idempotency keys hold across midnight. */
export interface Pair {
  readonly day: Register;
  readonly before: Register;
}

const dayBefore = (day: string): string => new Date(Date.parse(`${day}T12:00:00Z`) - 86_400_000).toISOString().slice(0, 10);

/** The registers that this process owns. Yesterday's is taken before today's, so that no earlier owner can bind a key behind our back. */
export class Registers {
  private readonly taken = new Map<string, Promise<Register>>();

  constructor(
    private readonly store: EventStore,
    private readonly owner: string,
    private readonly metaOf: () => EventMeta,
  ) {}

  /** Takes both where needed. Errors: what the store throws; the next call tries again. */
  async pair(comune: string, day: string): Promise<Pair> {
    const before = await this.of(comune, dayBefore(day));
    return { before, day: await this.of(comune, day) };
  }

  private of(comune: string, day: string): Promise<Register> {
    const key = `${comune}/${day}`;
    const known = this.taken.get(key);
    if (!known) return this.take(key, comune, day);
    return known.then((register) => {
      if (!register.isLost) return register;
      // Several may find it lost: the first takes it again, the others wait with it.
      return this.taken.get(key) === known ? this.take(key, comune, day) : this.of(comune, day);
    });
  }

  private take(key: string, comune: string, day: string): Promise<Register> {
    const taking = Register.take(this.store, comune, day, this.owner, this.metaOf());
    this.taken.set(key, taking);
    taking.catch(() => this.taken.delete(key));
    return taking;
  }

  /** Every register held, with its key `comune/day`. */
  async *held(): AsyncIterable<{ readonly comune: string; readonly day: string; readonly register: Register }> {
    for (const [key, taking] of [...this.taken]) {
      const register = await taking.catch(() => undefined);
      const [comune, day] = key.split('/') as [string, string];
      if (register && !register.isLost) yield { comune, day, register };
      else this.taken.delete(key);
    }
  }

  /** Forgets a register whose day has gone by: it is taken again if ever needed. */
  forget(comune: string, day: string): void {
    this.taken.delete(`${comune}/${day}`);
  }
}
