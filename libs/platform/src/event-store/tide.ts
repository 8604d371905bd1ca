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
  private readonly waiting = new Set<() => void>();
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

  rise(position: number): void {
    if (position > this.position) this.position = position;
    this.wake();
  }

  /** Resolves when there is news: another position, another instant, or the end. */
  news(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.waiting.add(done);
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
      this.rise(ok as number);
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

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }
}
