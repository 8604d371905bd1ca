import type { Failed } from './exchange.js';
import type { Grant } from './voucher-request.js';

const MAX_KEPT = 10_000;

/**
 * Grants by what they were made for: purpose, key, user, place, level. Whoever asks while one is being obtained waits for it; what was not obtained is not
 * kept. The user is in the key: a grant that two users shared would have ANPR record one for the other.
 */
export class Vouchers {
  private readonly all = new Map<string, { readonly grant: Promise<Grant | Failed>; until: number }>();

  async get(key: string, now: Date, obtain: () => Promise<Grant | Failed>): Promise<Grant | Failed> {
    const known = this.all.get(key);
    if (known && now.getTime() < known.until) return known.grant;
    const entry = { grant: obtain(), until: Infinity };
    this.all.delete(key);
    this.all.set(key, entry);
    this.sweep(now);
    const forget = (): void => {
      if (this.all.get(key) === entry) this.all.delete(key);
    };
    const grant = await entry.grant.catch((error: unknown) => {
      forget();
      throw error;
    });
    if (grant.kind === 'grant') entry.until = grant.until;
    else forget();
    return grant;
  }

  /** ANPR does not take it: the next call gets another. One that is there already stays. */
  async drop(key: string, { voucher }: Grant): Promise<void> {
    const known = this.all.get(key);
    const grant = await known?.grant;
    if (known && this.all.get(key) === known && grant?.kind === 'grant' && grant.voucher === voucher) this.all.delete(key);
  }

  /** Those past their time, and then the oldest. */
  private sweep(now: Date): void {
    if (this.all.size <= MAX_KEPT) return;
    for (const [key, { until }] of this.all) if (until <= now.getTime()) this.all.delete(key);
    for (const key of this.all.keys()) {
      if (this.all.size <= MAX_KEPT) return;
      this.all.delete(key);
    }
  }
}
