import { StoreUnavailable } from '@geres/kernel';
import type { SqliteWorker } from '../sqlite/worker.js';

/** How often it is asked whether everything committed has been seen. */
const HEARTBEAT_MS = 150;

/** What the writer has committed, and when it said so. */
export class Tide {
  position = 0;
  asOf = new Date(0);
  /** The instant of `asOf` on the clock that never jumps; `-Infinity` while nothing is known. */
  steady = -Infinity;
  private readonly waiting = new Map<() => void, readonly string[] | undefined>();
  /** Last position that was appended to each category through this store; up to `floor` nothing is known of categories. */
  private readonly lasts = new Map<string, number>();
  private floor = 0;
  private readonly timer: NodeJS.Timeout;
  private asking = false;
  private damage: StoreUnavailable | undefined;

  constructor(private readonly writer: SqliteWorker) {
    this.timer = setInterval(() => void this.ask(), HEARTBEAT_MS);
    void writer.gone.then(() => {
      this.stop();
      this.wake();
    });
    void this.ask();
  }

  /** Set when the writer has gone for good, or what it has is damaged: there will be no news. */
  get ended(): StoreUnavailable | undefined {
    return this.writer.ended ?? this.damage;
  }

  /** An append through this store: those whom its category concerns are told at once, the others at the next heartbeat. */
  rise(position: number, category: string): void {
    this.lasts.set(category, Math.max(position, this.lasts.get(category) ?? 0));
    if (position > this.position) this.position = position;
    this.wake(category);
  }

  /** Nothing of these categories (absent: of any) was committed after it. */
  lastOf(categories: readonly string[] | undefined): number {
    return categories ? categories.reduce((last, category) => Math.max(last, this.lasts.get(category) ?? 0), this.floor) : this.position;
  }

  /** Resolves when there is news: another position that concerns these categories (absent: any), another instant, or the end. */
  news(categories: readonly string[] | undefined, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.set(done, categories);
      signal.addEventListener('abort', done, { once: true });
      if (signal.aborted || this.ended) done();
    });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private async ask(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    const asOf = new Date();
    const steady = performance.now();
    try {
      const { ok } = await this.writer.ask({ op: 'last' });
      Object.assign(this, { asOf, steady });
      const position = ok as number;
      // What was not appended here, or whose reply is still on its way, may be of any category.
      if (position > this.position) this.position = this.floor = position;
      this.wake();
    } catch (error) {
      // Nothing is known: nobody is told that they are caught up.
      if (error instanceof StoreUnavailable && error.damaged) this.damaged(error);
    } finally {
      this.asking = false;
    }
  }

  private damaged(error: StoreUnavailable): void {
    this.damage = error;
    this.stop();
    this.wake();
  }

  private wake(category?: string): void {
    for (const [done, categories] of [...this.waiting]) if (category === undefined || !categories || categories.includes(category)) done();
  }
}
