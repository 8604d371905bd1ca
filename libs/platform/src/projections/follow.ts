import { isCaughtUp, StoreUnavailable, type Collection, type EventStore, type Recorded } from '@geres/kernel';
import { setTimeout as pause } from 'node:timers/promises';
import { Waiting } from './waiting.js';

/** A fold of events kept in memory and followed live. */
export interface Live<S> {
  readonly state: S;
  readonly position: string;
  /** Everything committed before it is in `state`; by the wall clock, for people. */
  readonly asOf: Date | undefined;
  /** Set when an event could not be applied: the fold has stopped and will never be fresh again. */
  readonly failure: Error | undefined;
  /** Resolves when everything that was committed at its start is in `state`. */
  caughtUp(): Promise<void>;
  /** Resolves when the event at `position` is in `state`; rejects after `timeoutMs` (default 5000). */
  reached(position: string, timeoutMs?: number): Promise<void>;
  /** Whether, within `timeoutMs`, it can be told if `holds`: it does, or everything that was committed when this was asked is in `state` and it does not. */
  canTell(holds: (state: S) => boolean, timeoutMs: number): Promise<boolean>;
  /** Whether `state` is shown to be at most `ms` (default 1000) old, whatever the wall clock has done meanwhile. */
  fresh(ms?: number): boolean;
  /** Seconds by which `state` may be behind; `Infinity` before it has caught up once. */
  lag(): number;
}

export interface SnapshotRow {
  readonly incarnation: string;
  readonly version: number;
  readonly position: string;
  readonly state: object;
}

export interface Snapshots<S> {
  readonly collection: Collection<SnapshotRow>;
  readonly incarnation: string;
  /** Of the shape of the state: another one means a full replay. */
  readonly version: number;
  /** Events between two snapshots; default 5000. */
  readonly every?: number;
  readonly dump: (state: S) => object;
  readonly load: (stored: object) => S;
}

export interface FollowOptions<S> {
  readonly name: string;
  readonly store: EventStore;
  readonly prefixes: readonly string[];
  readonly initial: () => S;
  /** Changes `state` in place. What it throws stops the fold. */
  readonly apply: (state: S, event: Recorded) => void;
  readonly signal: AbortSignal;
  readonly snapshots?: Snapshots<S>;
  readonly onChange?: (event: Recorded) => void;
  readonly onFailure?: (error: Error) => void;
  /** Between two attempts to subscribe again. */
  readonly retryMs?: number;
}

/** Starts to follow; resolves when a snapshot, if there is one, has been loaded. Wait for `caughtUp()` before relying on `state`. */
export async function follow<S>(options: FollowOptions<S>): Promise<Live<S>> {
  const fold = new Fold(options);
  await fold.restore();
  fold.start();
  return fold;
}

class Fold<S> implements Live<S> {
  state: S;
  position = 'start';
  asOf: Date | undefined;
  failure: Error | undefined;
  private steady = -Infinity;
  private away: string | undefined;
  private sinceSnapshot = 0;
  private keeping: Promise<void> | undefined;
  private readonly waiting: Waiting;

  constructor(private readonly options: FollowOptions<S>) {
    this.state = options.initial();
    this.waiting = new Waiting(() => this.failure !== undefined || options.signal.aborted);
  }

  /** A snapshot that cannot be read costs a full replay, nothing else. */
  async restore(): Promise<void> {
    const { snapshots, name, initial } = this.options;
    const row = await snapshots?.collection.get(name).catch(() => undefined);
    if (!snapshots || !row || row.incarnation !== snapshots.incarnation || row.version !== snapshots.version) return;
    try {
      this.state = snapshots.load(row.state);
      this.position = row.position;
    } catch {
      this.state = initial();
    }
  }

  start(): void {
    void this.run();
  }

  async caughtUp(): Promise<void> {
    await this.waiting.until(() => this.asOf !== undefined);
    if (this.failure) throw this.failure;
  }

  async reached(position: string, timeoutMs = 5000): Promise<void> {
    if (!(await this.waiting.until(() => this.position !== 'start' && this.position >= position, timeoutMs))) throw this.failure ?? new Error(`${this.options.name} has not reached its position in ${timeoutMs} ms`);
  }

  canTell(holds: (state: S) => boolean, timeoutMs: number): Promise<boolean> {
    const asked = performance.now();
    return this.waiting.until(() => this.failure === undefined && (holds(this.state) || this.steady >= asked), timeoutMs);
  }

  fresh(ms = 1000): boolean {
    return this.failure === undefined && performance.now() - this.steady <= ms;
  }

  lag(): number {
    return (performance.now() - this.steady) / 1000;
  }

  private async run(): Promise<void> {
    const { signal, onFailure, retryMs = 250 } = this.options;
    while (!signal.aborted && !this.failure) {
      try {
        await this.follow();
      } catch (error) {
        const { message } = error as Error;
        if (error instanceof StoreUnavailable && error.damaged) {
          this.failure = error;
          onFailure?.(error);
          break;
        }
        // Told once, however long the store is away.
        if (message !== this.away) onFailure?.(error as Error);
        this.away = message;
        await pause(retryMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
    this.waiting.look();
    await this.keeping;
    if (!this.failure) await this.keep();
  }

  private async follow(): Promise<void> {
    const { store, prefixes, signal, apply, onChange, onFailure } = this.options;
    for await (const item of store.subscribe(this.position, { prefixes, signal })) {
      if (isCaughtUp(item)) {
        this.position = item.position;
        this.asOf = item.asOf;
        this.steady = item.steady;
        this.away = undefined;
        this.waiting.look();
        this.snapshot();
        continue;
      }
      try {
        apply(this.state, item);
      } catch (error) {
        this.failure = error as Error;
        onFailure?.(this.failure);
        return;
      }
      this.position = item.position;
      this.sinceSnapshot += 1;
      onChange?.(item);
      if (this.waiting.any) this.waiting.look();
    }
  }

  /** Beside the fold, which never waits for it. */
  private snapshot(): void {
    if (this.keeping || this.sinceSnapshot < (this.options.snapshots?.every ?? 5000)) return;
    this.keeping = this.keep().finally(() => (this.keeping = undefined));
  }

  /** Best effort: without it the next start only takes longer. */
  private async keep(): Promise<void> {
    const { snapshots, name } = this.options;
    if (!snapshots || this.sinceSnapshot === 0) return;
    const { collection, incarnation, version, dump } = snapshots;
    try {
      const row: SnapshotRow = { incarnation, version, position: this.position, state: dump(this.state) };
      this.sinceSnapshot = 0;
      const seen = await collection.get(name);
      if (seen) await collection.replace(name, seen, row);
      else await collection.insert(name, row);
    } catch {
      this.sinceSnapshot += 1;
    }
  }
}
