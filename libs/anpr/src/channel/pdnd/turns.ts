/** Calls to an e-service that wants their ids in order: one in flight, and none after one with a higher id. */
export class Turns {
  private readonly all = new Map<string, { last: bigint; tail: Promise<unknown> }>();

  /** Waits for its turn; `undefined` if a later operation has been sent already. */
  async take<T>(key: string, operationId: string, work: () => Promise<T>): Promise<T | undefined> {
    const line = this.all.get(key) ?? { last: -1n, tail: Promise.resolve() };
    this.all.set(key, line);
    const turn = line.tail.then(() => {
      if (BigInt(operationId) <= line.last) return undefined;
      line.last = BigInt(operationId);
      return work();
    });
    line.tail = turn.catch(() => undefined);
    return turn;
  }
}
