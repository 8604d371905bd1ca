import { registerStream, romeDay } from '@geres/contracts';
import type { EventMeta, EventStore } from '@geres/kernel';
import { Register } from './register.js';
import type { RegisterSnapshots } from './snapshots.js';

/** The register of a lookup's day, and all in which its idempotency key may be bound, that one among them, newest first. */
export interface Days {
  readonly day: Register;
  readonly newestFirst: readonly Register[];
}

const DAY_MS = 86_400_000;

/**
 * The civil days, oldest first, that count for a lookup asked `at`: its own, those of the 24 hours before, and today's where it comes late, since a key may
 * have been bound meanwhile. A lookup of long ago is refused whatever the key: its own day is enough.
 */
export function daysAround(at: Date, now: Date): readonly string[] {
  if (now.getTime() - at.getTime() > DAY_MS) return [romeDay(at)];
  const days = new Set<string>();
  const last = Math.max(at.getTime(), now.getTime());
  for (let moment = at.getTime() - DAY_MS; moment < last; moment += DAY_MS / 2) days.add(romeDay(new Date(moment)));
  return [...days.add(romeDay(new Date(last)))];
}

/** The registers that this process owns. Older days are taken before newer ones, so that no earlier owner can bind a key behind our back. */
export class Registers {
  private readonly taken = new Map<string, Promise<Register>>();

  constructor(
    private readonly store: EventStore,
    readonly owner: string,
    private readonly metaOf: () => EventMeta,
    private readonly snapshots?: RegisterSnapshots,
  ) {}

  /** Takes all that count for a lookup asked `at`, where needed. Errors: what the store throws; the next call tries again. */
  async around(comune: string, at: Date, now: Date): Promise<Days> {
    const own = romeDay(at);
    const days = new Map<string, Register>();
    for (const day of daysAround(at, now)) days.set(day, await this.of(comune, day));
    return { day: days.get(own)!, newestFirst: [...days.values()].reverse() };
  }

  /** The register of one day. Errors: as `around`. */
  of(comune: string, day: string): Promise<Register> {
    const key = `${comune}/${day}`;
    const known = this.taken.get(key);
    if (!known) return this.take(key, comune, day);
    return known.then((register) => {
      if (!register.isLost) return register;
      // Several may find it lost: the first takes it again, the others wait with it.
      return this.taken.get(key) === known ? this.take(key, comune, day) : this.of(comune, day);
    });
  }

  /** The register of a day on which something was recorded: none is begun for another. */
  async existing(comune: string, day: string): Promise<Register | undefined> {
    if (this.taken.has(`${comune}/${day}`)) return this.of(comune, day);
    for await (const { head } of this.store.read(registerStream(comune, day))) return head.version === 0 ? undefined : this.of(comune, day);
    return undefined;
  }

  private take(key: string, comune: string, day: string): Promise<Register> {
    const taking = Register.take(this.store, comune, day, this.owner, this.metaOf(), this.snapshots);
    this.taken.set(key, taking);
    taking.catch(() => this.taken.get(key) === taking && this.taken.delete(key));
    return taking;
  }

  /** Every register held. */
  async *held(): AsyncIterable<{ readonly comune: string; readonly day: string; readonly register: Register }> {
    for (const [key, taking] of [...this.taken]) {
      const register = await taking.catch(() => undefined);
      const [comune, day] = key.split('/') as [string, string];
      if (register && !register.isLost) yield { comune, day, register };
      else if (this.taken.get(key) === taking) this.taken.delete(key);
    }
  }

  /** Forgets a register whose day has gone by: it is taken again if ever needed. */
  forget(comune: string, day: string): void {
    this.taken.delete(`${comune}/${day}`);
  }

  /** Keeps a snapshot of every register that is held. */
  async keep(): Promise<void> {
    for await (const { register } of this.held()) await register.keep();
  }
}
