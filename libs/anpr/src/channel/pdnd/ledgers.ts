import { romeDay } from '@geres/contracts';
import { AlreadyThere, type Collection } from '@geres/kernel';
import { close, reconcile, take, type Ledger, type RateLimit } from '../../protocol/pdnd/index.js';

/** What becomes of a ledger, and what its caller is told. Run again on what another process has written meanwhile. */
type Change = (ledger: Ledger | undefined) => { readonly ledger: Ledger; readonly result: boolean };

interface Waiting {
  readonly change: Change;
  readonly resolve: (result: boolean) => void;
  readonly reject: (error: unknown) => void;
}

interface Line {
  /** The row as it was last seen. */
  seen: Ledger | undefined;
  waiting: Waiting[];
  running: boolean;
}

/** From its first call, by the clock of the collection: then nobody asks about that day any more, whatever becomes of ours. */
const KEPT_MS = 3 * 86_400_000;

/**
 * Calls of each client to each e-service on each day of Rome, counted in a collection by compare-and-set: a call is in it before it leaves, so that no restart, no
 * second process and no owner that was paused makes the client exceed its quota. Changes that wait are written together. See docs/adr/0010.
 */
export class Ledgers {
  private readonly lines = new Map<string, Line>();

  constructor(private readonly collection: Collection<Ledger>) {}

  /** One call more on the day of `at`, counted when it resolves; false: there is no room. Errors: what the collection throws, and then nothing may leave. */
  take(client: string, at: Date, quota: number): Promise<boolean> {
    return this.change(client, at, (known) => {
      const { ledger, taken } = take(known, at, quota);
      return { ledger, result: taken };
    });
  }

  /** A call that was counted at that instant, and did not leave. */
  async giveBack(client: string, at: Date): Promise<void> {
    await this.change(client, at, (known) => ({ ledger: { day: romeDay(at), ...known, used: Math.max(0, (known?.used ?? 0) - 1) }, result: true }));
  }

  /** What ANPR says that it has counted. */
  async reconcile(client: string, at: Date, limits: RateLimit): Promise<void> {
    await this.change(client, at, (known) => ({ ledger: reconcile(known, at, limits), result: true }));
  }

  /** ANPR has refused a call for the quota: none passes before midnight. */
  async close(client: string, at: Date): Promise<void> {
    await this.change(client, at, (known) => ({ ledger: close(known, at), result: true }));
  }

  private change(client: string, at: Date, change: Change): Promise<boolean> {
    const day = romeDay(at);
    const id = `${client}/${day}`;
    const line = this.lines.get(id) ?? { seen: undefined, waiting: [], running: false };
    if (!this.lines.has(id)) this.open(id, day, line);
    return new Promise((resolve, reject) => {
      line.waiting.push({ change, resolve, reject });
      if (!line.running) void this.run(id, line);
    });
  }

  /** Lines of other days that nobody waits in are not needed any more. */
  private open(id: string, day: string, line: Line): void {
    for (const [other, { running }] of this.lines) if (!running && !other.endsWith(day)) this.lines.delete(other);
    this.lines.set(id, line);
  }

  private async run(id: string, line: Line): Promise<void> {
    line.running = true;
    while (line.waiting.length > 0) {
      const batch = line.waiting.splice(0);
      try {
        const results = await this.written(id, line, batch);
        for (const [index, { resolve }] of batch.entries()) resolve(results[index]!);
      } catch (error) {
        line.seen = undefined;
        for (const { reject } of batch) reject(error);
      }
    }
    line.running = false;
  }

  /** All changes of a batch, one after the other, in one write. */
  private async written(id: string, line: Line, batch: readonly Waiting[]): Promise<readonly boolean[]> {
    line.seen ??= await this.collection.get(id);
    for (;;) {
      const { seen } = line;
      let ledger = seen;
      const results = batch.map(({ change }) => {
        const made = change(ledger);
        ledger = made.ledger;
        return made.result;
      });
      if (same(ledger!, seen) || (seen ? await this.collection.replace(id, seen, ledger!) : await this.inserted(id, ledger!))) {
        line.seen = seen && same(ledger!, seen) ? seen : ledger;
        return results;
      }
      line.seen = await this.collection.get(id);
    }
  }

  private inserted(id: string, ledger: Ledger): Promise<boolean> {
    return this.collection.insert(id, ledger, { expiresAt: new Date(Date.now() + KEPT_MS) }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof AlreadyThere) return false;
        throw error;
      },
    );
  }
}

const same = (a: Ledger, b: Ledger | undefined): boolean => a.used === b?.used && a.limit === b.limit && a.closed === b.closed;
