interface Held {
  readonly offset: bigint;
  done: boolean;
}

/** The messages of one partition in the hands of this process: the offset that may be committed is that of the first which is not done. */
export class Watermark {
  /** In the order of their offsets. */
  private readonly held: Held[] = [];
  private readonly byOffset = new Map<bigint, Held>();
  private last = -1n;
  private next: bigint | undefined;
  private told: bigint | undefined;

  /** False for what was held before: a rebalance brings again what was not committed. */
  hold(offset: bigint): boolean {
    if (offset <= this.last) return false;
    const one: Held = { offset, done: false };
    this.held.push(one);
    this.byOffset.set(offset, one);
    this.last = offset;
    this.next ??= offset;
    return true;
  }

  done(offset: bigint): void {
    const one = this.byOffset.get(offset);
    if (!one) return;
    one.done = true;
    this.byOffset.delete(offset);
    let passed = 0;
    for (; this.held[passed]?.done; passed++) this.next = this.held[passed]!.offset + 1n;
    if (passed > 0) this.held.splice(0, passed);
  }

  /** How many are not done. */
  get inHand(): number {
    return this.byOffset.size;
  }

  /** How many are not done, or wait for one before them. */
  get size(): number {
    return this.held.length;
  }

  /** The next offset to be read by whoever comes after; `undefined` before the first message. */
  get position(): bigint | undefined {
    return this.next;
  }

  /** The position, where it is another than the one committed last. */
  get toCommit(): bigint | undefined {
    return this.next === this.told ? undefined : this.next;
  }

  committed(position: bigint): void {
    this.told = position;
  }
}
