/** A place among the questions of one Comune and channel: taken before the question is recorded, used or given back after. */
export interface Place {
  /** Runs `task` when a slot is free, in the order of arrival, and frees the slot when it ends. */
  start(task: () => Promise<void>): void;
  /** Gives an unused place back. */
  release(): void;
}

export interface BulkheadSize {
  readonly maxInFlight: number;
  readonly maxQueued: number;
}

/** Keeps the slow or broken channel of one Comune from taking what belongs to the others: so many questions in flight, so many waiting, no more. */
export class Bulkhead {
  private taken = 0;
  private flying = 0;
  private readonly queue: (() => Promise<void>)[] = [];

  constructor(private size: BulkheadSize) {}

  resize(size: BulkheadSize): void {
    this.size = size;
    this.next();
  }

  get queued(): number {
    return this.queue.length;
  }

  get inFlight(): number {
    return this.flying;
  }

  /** `undefined` when there is no room. */
  reserve(): Place | undefined {
    if (this.taken >= this.size.maxInFlight + this.size.maxQueued) return undefined;
    this.taken += 1;
    let used = false;
    const once = (): boolean => {
      if (used) return false;
      used = true;
      return true;
    };
    return {
      start: (task) => {
        if (!once()) return;
        this.queue.push(task);
        this.next();
      },
      release: () => {
        if (once()) this.taken -= 1;
      },
    };
  }

  private next(): void {
    while (this.flying < this.size.maxInFlight && this.queue.length > 0) {
      const task = this.queue.shift()!;
      this.flying += 1;
      void task().finally(() => {
        this.flying -= 1;
        this.taken -= 1;
        this.next();
      });
    }
  }
}
