/** What is made once and used until shortly before it ends. */
export interface Kept<T> {
  readonly value: T;
  /** Not used from here on. */
  readonly until: Date;
}

interface Entry<T> {
  readonly since: Date;
  readonly made: Promise<Kept<T>>;
  until?: Date;
}

/**
 * Values by key, each made once for all who ask at the same time; the ones not used for longest give way. A clock that was put back makes them again:
 * they would come from the future.
 */
export class Reuse<T> {
  private readonly entries = new Map<string, Entry<T>>();

  constructor(private readonly most: number) {}

  get size(): number {
    return this.entries.size;
  }

  async of(key: string, now: Date, make: () => Promise<Kept<T>>): Promise<T> {
    const known = this.entries.get(key);
    if (known && known.since <= now && (known.until === undefined || now < known.until)) {
      this.entries.delete(key);
      this.entries.set(key, known);
      return (await known.made).value;
    }
    const entry: Entry<T> = { since: now, made: make() };
    this.entries.delete(key);
    this.entries.set(key, entry);
    const oldest = this.entries.keys().next();
    if (this.entries.size > this.most && !oldest.done) this.entries.delete(oldest.value);
    try {
      const { value, until } = await entry.made;
      entry.until = until;
      return value;
    } catch (error) {
      if (this.entries.get(key) === entry) this.entries.delete(key);
      throw error;
    }
  }
}
