import type { Recorded } from '../event.js';
import { isCaughtUp, type CaughtUp, type EventStore, type Since } from '../event-store.js';

/** A subscription in the hands of a test: what came, and waiting for what is to come. */
export class Following {
  readonly items: (Recorded | CaughtUp)[] = [];
  private readonly ending = new AbortController();
  private readonly looking = new Set<() => void>();
  /** Resolves when the subscription has ended by itself or by `stop`; rejects with what it threw. */
  readonly ended: Promise<void>;

  constructor(
    store: EventStore,
    readonly from: Since,
    readonly prefixes?: readonly string[],
  ) {
    this.ended = this.run(store.subscribe(from, { ...(prefixes ? { prefixes } : {}), signal: this.ending.signal }));
    this.ended.catch(() => undefined);
  }

  get events(): readonly Recorded[] {
    return this.items.filter((item): item is Recorded => !isCaughtUp(item));
  }

  get caughtUps(): readonly CaughtUp[] {
    return this.items.filter(isCaughtUp);
  }

  /** Resolves when it holds; rejects after `ms`. */
  until(holds: () => boolean, ms = 10_000): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!holds()) return;
        clearTimeout(timer);
        this.looking.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.looking.delete(look);
        reject(new Error(`after ${ms} ms it does not hold; ${this.events.length} events and ${this.caughtUps.length} CaughtUp have come`));
      }, ms);
      this.looking.add(look);
      look();
    });
  }

  /** Until everything that was committed when this was asked has come. */
  async now(): Promise<this> {
    const asked = performance.now();
    await this.until(() => (this.caughtUps.at(-1)?.steady ?? -Infinity) >= asked);
    return this;
  }

  async stop(): Promise<void> {
    this.ending.abort();
    await this.ended;
  }

  private async run(items: AsyncIterable<Recorded | CaughtUp>): Promise<void> {
    for await (const item of items) {
      this.items.push(item);
      for (const look of [...this.looking]) look();
    }
  }
}
