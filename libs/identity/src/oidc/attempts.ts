import { AlreadyThere, type Collection } from '@geres/kernel';
import type { Tag } from '@geres/contracts';
import type { Clock } from '@geres/platform';

/** Failures in a row after which a login waits, and how long. */
export const MAX_FAILURES = 10;
export const LOCK_MS = 15 * 60_000;

/** Attempts at one login, whether it exists or not. */
export interface AttemptsRow {
  readonly failures: number;
}

/** How often somebody has tried to sign in with a login, without success. */
export class Attempts {
  constructor(
    private readonly rows: Collection<AttemptsRow>,
    private readonly clock: Clock,
  ) {}

  /** Counts one before its password is looked at; how many there have been, this one included. Past `MAX_FAILURES` the wait is not renewed. */
  async take(login: Tag): Promise<number> {
    for (;;) {
      const expiry = { expiresAt: new Date(this.clock().getTime() + LOCK_MS) };
      const seen = await this.rows.get(login);
      if (seen && seen.failures >= MAX_FAILURES) return seen.failures + 1;
      if (seen) {
        if (await this.rows.replace(login, seen, { failures: seen.failures + 1 }, expiry)) return seen.failures + 1;
        continue;
      }
      try {
        await this.rows.insert(login, { failures: 1 }, expiry);
        return 1;
      } catch (error) {
        if (!(error instanceof AlreadyThere)) throw error;
      }
    }
  }

  /** After a success, or when an administrator unlocks the user. */
  async forget(login: Tag): Promise<void> {
    await this.rows.remove(login);
  }
}
