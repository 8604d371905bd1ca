import { isDuplicate, told, type Reached } from './driver.js';

/** Which of the collections that had a name is the live one. */
interface Pointer {
  readonly _id: string;
  readonly live: number;
  /** Those that were, until nobody can still be reading them. */
  readonly retired: readonly { readonly generation: number; readonly at: Date }[];
}

/** A process sees by then that another one has moved a pointer. */
const SEEN_MS = 1000;
/** What was live before is dropped after this. */
const RETIRED_MS = 60_000;

/** The collection of MongoDB that holds one generation of rows. No name of a collection of GeRes has an underscore. */
export const physical = (name: string, generation: number): string => (generation === 0 ? name : `${name}_v${generation}`);

/** A rebuild writes a new collection beside the live one and then moves a pointer: whoever reads has the rows before or the rows after, whole. */
export class Generations {
  private pointers = new Map<string, Pointer>();
  private readAt = -Infinity;
  private reading: Promise<void> | undefined;

  constructor(private readonly documents: Reached<Pointer>) {}

  async live(name: string): Promise<number> {
    if (performance.now() - this.readAt > SEEN_MS) await (this.reading ??= this.read().finally(() => (this.reading = undefined)));
    return this.pointers.get(name)?.live ?? 0;
  }

  /** True when this call has moved it. */
  async move(name: string, from: number, to: number): Promise<boolean> {
    const known = await told(async () => (await this.documents()).findOne({ _id: name }));
    const retired = [...(known?.retired ?? []), { generation: from, at: new Date() }];
    const moved = known
      ? await told(async () => (await (await this.documents()).updateOne({ _id: name, live: from }, { $set: { live: to, retired } })).matchedCount === 1)
      : from === 0 && (await this.begin({ _id: name, live: to, retired }));
    await this.read();
    return moved;
  }

  /** Generations that nobody reads any more; `drop` removes each. */
  async dropRetired(now: Date, drop: (name: string) => Promise<void>): Promise<void> {
    await this.read();
    for (const { _id, live, retired } of this.pointers.values()) {
      const old = retired.filter(({ generation, at }) => generation !== live && now.getTime() - at.getTime() > RETIRED_MS);
      if (old.length === 0) continue;
      for (const { generation } of old) await drop(physical(_id, generation));
      await told(async () => (await this.documents()).updateOne({ _id, live }, { $set: { retired: retired.filter((one) => !old.includes(one)) } }));
    }
  }

  private async begin(pointer: Pointer): Promise<boolean> {
    try {
      await told(async () => (await this.documents()).insertOne(pointer));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  private async read(): Promise<void> {
    const at = performance.now();
    const found = await told(async () => (await this.documents()).find({}).toArray());
    this.pointers = new Map(found.map((pointer) => [pointer._id, pointer]));
    this.readAt = at;
  }
}
