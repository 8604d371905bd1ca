/** Those who wait for a state. Whoever changes the state calls `look`. */
export class Waiting {
  private readonly lookers = new Set<() => void>();

  /** `over`: nothing more will change. */
  constructor(private readonly over: () => boolean) {}

  get any(): boolean {
    return this.lookers.size > 0;
  }

  look(): void {
    for (const look of [...this.lookers]) look();
  }

  /** Whether it held within `timeoutMs` (default: for ever), and before it was over. */
  until(holds: () => boolean, timeoutMs = Infinity): Promise<boolean> {
    if (holds()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        clearTimeout(timer);
        this.lookers.delete(look);
        resolve(held);
      };
      const look = (): void => {
        if (holds()) end(true);
        else if (this.over()) end(false);
      };
      const timer = timeoutMs === Infinity ? undefined : setTimeout(() => end(false), timeoutMs);
      this.lookers.add(look);
      look();
    });
  }
}
