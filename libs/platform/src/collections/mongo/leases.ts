import type { Checkpoint } from '@geres/kernel';
import { isDuplicate, told, type Reached } from './driver.js';

/** Who projects into a collection, and how far it is: one document each. */
interface Projector {
  readonly _id: string;
  /** Absent: nobody does. */
  readonly holder?: string;
  /** Grows while the holder lives. */
  readonly beat: number;
  readonly position?: string;
  readonly incarnation?: string;
}

/** What a lease says: `held` by this process, and the checkpoint that is stored. */
export interface Standing {
  readonly held: boolean;
  readonly stored?: Checkpoint;
}

interface Held {
  stored: Checkpoint | undefined;
}

/**
 * One projector a collection, by lease. No clock of one machine is compared with another's: whoever waits for the lease looks at its beat, and takes it when the
 * beat has stood still for as long as a lease lasts. A holder that slept through that finds out when it writes its checkpoint, which only a holder can.
 */
export class Leases {
  private readonly held = new Map<string, Held>();
  private readonly seen = new Map<string, { readonly holder: string; readonly beat: number; readonly since: number }>();
  private readonly beating: NodeJS.Timeout;
  private beatAt = performance.now();

  constructor(
    private readonly projectors: Reached<Projector>,
    private readonly me: string,
    private readonly leaseMs: number,
  ) {
    this.beating = setInterval(() => void this.beat(), leaseMs / 4);
    this.beating.unref();
  }

  async checkpoint(collection: string): Promise<Checkpoint | undefined> {
    return checkpointOf(await told(async () => (await this.projectors()).findOne({ _id: collection })));
  }

  /** How long a holder may live without getting any further, while somebody else is further. */
  get patienceMs(): number {
    return this.leaseMs * 3;
  }

  /** Takes the lease if it can be had now; `anyway`: also from a holder that lives. */
  async take(collection: string, anyway = false): Promise<Standing> {
    const mine = this.held.get(collection);
    // A process that could not say that it lives for so long may have been taken for dead.
    if (mine && performance.now() - this.beatAt < this.leaseMs / 2) return standing(true, mine.stored);
    this.held.delete(collection);
    const found = await told(async () => (await this.projectors()).findOne({ _id: collection }));
    const got = found ? await this.takeOver(found, anyway) : await this.begin(collection);
    if (!got) return standing(false, checkpointOf(found));
    const stored = checkpointOf(found);
    this.held.set(collection, { stored });
    return standing(true, stored);
  }

  /** Stores the checkpoint of a holder; false when it is one no more. */
  async advance(collection: string, checkpoint: Checkpoint): Promise<boolean> {
    const { matchedCount } = await told(async () => (await this.projectors()).updateOne({ _id: collection, holder: this.me }, { $set: { ...checkpoint } }));
    const mine = this.held.get(collection);
    if (matchedCount === 1 && mine) mine.stored = checkpoint;
    else this.held.delete(collection);
    return matchedCount === 1;
  }

  /** The collection is no more, nor is its checkpoint. */
  async forget(collection: string): Promise<void> {
    this.held.delete(collection);
    await told(async () => (await this.projectors()).deleteOne({ _id: collection }));
  }

  /** Lets go of all: who waits for one has it at once. */
  async close(): Promise<void> {
    clearInterval(this.beating);
    this.held.clear();
    await told(async () => (await this.projectors()).updateMany({ holder: this.me }, { $unset: { holder: '' } }));
  }

  private async begin(collection: string): Promise<boolean> {
    try {
      await told(async () => (await this.projectors()).insertOne({ _id: collection, holder: this.me, beat: 0 }));
      return true;
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  private async takeOver({ _id, holder, beat }: Projector, anyway: boolean): Promise<boolean> {
    if (holder === this.me) return true;
    if (!anyway && holder !== undefined && !this.stoodStill(_id, holder, beat)) return false;
    const { matchedCount } = await told(async () => (await this.projectors()).updateOne({ _id, beat, holder: holder ?? null } as object, { $set: { holder: this.me }, $inc: { beat: 1 } }));
    return matchedCount === 1;
  }

  private stoodStill(collection: string, holder: string, beat: number): boolean {
    const before = this.seen.get(collection);
    const now = performance.now();
    if (before?.holder === holder && before.beat === beat) return now - before.since >= this.leaseMs;
    this.seen.set(collection, { holder, beat, since: now });
    return false;
  }

  private async beat(): Promise<void> {
    const at = performance.now();
    // Asleep for as long as a lease lasts: somebody else may have taken it.
    if (at - this.beatAt > this.leaseMs) this.held.clear();
    try {
      const { size } = this.held;
      if (size > 0 && (await (await this.projectors()).updateMany({ holder: this.me }, { $inc: { beat: 1 } })).matchedCount < size) this.held.clear();
      this.beatAt = at;
    } catch {
      // the next one says it, or the lease is lost
    }
  }
}

const standing = (held: boolean, stored: Checkpoint | undefined): Standing => ({ held, ...(stored ? { stored } : {}) });

const checkpointOf = (found: Projector | null): Checkpoint | undefined =>
  found?.position === undefined || found.incarnation === undefined ? undefined : { position: found.position, incarnation: found.incarnation };
