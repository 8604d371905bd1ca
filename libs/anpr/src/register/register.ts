import { registerStream } from '@geres/contracts';
import { AppendTooLarge, chain, eventId, WrongVersion, type EventMeta, type EventStore, type Head, type NewEvent } from '@geres/kernel';
import { foldOn, foldWhole, type Folded } from './fold.js';
import { absorb, laterOperation, wayBack, type RegisterEvents, type RegisterState } from './register.domain.js';
import type { AtRest, Keeper, RegisterSnapshots, Restored } from './snapshots.js';

/** Another connector owns the register now: nothing more is decided here. */
export class RegisterLost extends Error {
  override readonly name = 'RegisterLost';
  constructor(readonly stream: string) {
    super(`the register ${stream} has another owner`);
  }
}

/** Indexes of what may follow a request: no two events of a register share an id. */
export const OUTCOME = 1;
export const INTERRUPTION = 2;
/** And the number of the call: the second has twelve. */
export const FURTHER_CALL = 10;

/** What a decision adds, with the command that causes it. */
export interface Entered<R> {
  readonly events: readonly RegisterEvents[];
  /** Of the events, where there are any. */
  readonly meta?: EventMeta;
  /** Index of the first event among those that the command causes; 0, the request or refusal, if absent. */
  readonly firstIndex?: number;
  readonly result: R;
}

export interface EnterOptions<R> {
  /** Whether it may still be appended when the register has another owner: the outcome of a lookup that is open. */
  readonly evenIfLost?: boolean;
  /** Whether what others may have appended is read first. */
  readonly afresh?: boolean;
  /** Called with a result that did not come to pass, since the decision is taken again or given up. */
  readonly undo?: (result: R) => void;
}

interface Waiting extends EnterOptions<unknown> {
  readonly decide: (state: RegisterState) => Entered<unknown>;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Decisions whose events are in the fold and on their way to the store. */
interface Turn {
  readonly decided: readonly { readonly one: Waiting; readonly result: unknown }[];
  readonly events: readonly NewEvent[];
  readonly waysBack: readonly (() => void)[];
}

/** Keeps one append well under the store's limit. */
const MOST_DECISIONS = 150;

/**
 * The register of a Comune and day in the hands of its owner: a fold kept in memory, and one append at a time for all that waits. A decision runs on the
 * fold in its turn and takes effect when its events are durable. What did not come to pass is taken out of the fold again; after a lost race what others
 * appended is read, and the decisions are taken again.
 */
export class Register {
  private waiting: Waiting[] = [];
  private resting: (() => void)[] = [];
  private running = false;
  private lost = false;
  /** The store may hold more than the fold: it is read before anything is decided. */
  private unsure = false;
  private most = MOST_DECISIONS;
  private keeper: Keeper | undefined;

  private constructor(
    private readonly store: EventStore,
    readonly stream: string,
    readonly owner: string,
    private state: RegisterState,
    private head: Head,
  ) {}

  /** Folds the day, from a snapshot if there is one, and records that `owner` has it from here on; repeated until nobody else has written in between. */
  static async take(store: EventStore, comune: string, day: string, owner: string, meta: EventMeta, snapshots?: RegisterSnapshots): Promise<Register> {
    const stream = registerStream(comune, day);
    const restored = await snapshots?.restore(stream);
    for (let from = restored?.folded; ; ) {
      const { state, head } = await foldedFrom(store, stream, from);
      // A take is caused by this process at this head: another take of the same day is another event.
      const causation = { ...meta, causationId: `${owner}/${stream}/${head.version}` };
      const taken: NewEvent = { id: eventId(causation.causationId, 0), type: 'anpr.register.taken', v: 1, data: { comune, day, owner }, meta: causation };
      try {
        const appended = await store.append(stream, head, [taken]);
        absorb(state, taken);
        const register = new Register(store, stream, owner, state, appended.head);
        if (snapshots && restored) register.keepWith(snapshots, day, restored);
        return register;
      } catch (error) {
        if (!(error instanceof WrongVersion)) throw error;
        // Nothing beyond this head, and yet it is not the head: the snapshot is not of this stream.
        from = error.actual > head.version ? { state, head } : undefined;
      }
    }
  }

  private keepWith(snapshots: RegisterSnapshots, day: string, { row, folded }: Restored): void {
    const same = folded?.state === this.state ? folded : undefined;
    this.keeper = snapshots.keeper(this.stream, day, this.atRest, { row, ...(same ? { folded: same } : {}) });
    this.keeper.absorbed(this.head.version - (same?.head.version ?? 0));
  }

  /** The fold as it stands: everything durable and what is on its way. Only to look at. */
  get view(): RegisterState {
    return this.state;
  }

  get isLost(): boolean {
    return this.lost;
  }

  /** Runs `decide` in its turn; resolves with its result when its events (none is fine) are durable. Errors: `RegisterLost`, and what the store throws. */
  enter<R>(decide: (state: RegisterState) => Entered<R>, options: EnterOptions<R> = {}): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.waiting.push({ ...(options as EnterOptions<unknown>), decide, resolve: resolve as Waiting['resolve'], reject });
      this.wake();
    });
  }

  /** What `look` sees in its turn; resolves when all that it saw is durable. Errors: as `enter`. */
  look<R>(look: (state: RegisterState) => R, options: EnterOptions<R> = {}): Promise<R> {
    return this.enter((state) => ({ events: [], result: look(state) }), options);
  }

  readonly atRest: AtRest = <T>(look: (state: RegisterState, head: Head) => T) => {
    const { promise, resolve } = Promise.withResolvers<T>();
    // It looks there and then; what it throws is told to its caller.
    this.resting.push(() => resolve(new Promise<T>((seen) => seen(look(this.state, this.head)))));
    this.wake();
    return promise;
  };

  /** Writes a snapshot of what has happened since the last one. */
  async keep(): Promise<void> {
    await this.keeper?.write();
  }

  private wake(): void {
    if (this.running) return;
    this.running = true;
    queueMicrotask(() => void this.run());
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0 || this.resting.length > 0) {
      for (const look of this.resting.splice(0)) look();
      const batch = this.waiting.splice(0, this.most);
      this.most = MOST_DECISIONS;
      if (batch.length > 0) await this.turn(batch);
    }
    this.running = false;
  }

  private async turn(batch: readonly Waiting[]): Promise<void> {
    if (this.unsure || batch.some(({ afresh }) => afresh)) {
      try {
        await this.catchUp();
      } catch (error) {
        for (const one of batch) one.reject(error);
        return;
      }
    }
    const turn = this.decided(batch);
    try {
      if (turn.events.length > 0) this.head = (await this.store.append(this.stream, this.head, turn.events)).head;
    } catch (error) {
      return this.recover(turn, error);
    }
    this.keeper?.absorbed(turn.events.length);
    for (const { one, result } of turn.decided) one.resolve(result);
  }

  private decided(batch: readonly Waiting[]): Turn {
    const decided: { readonly one: Waiting; readonly result: unknown }[] = [];
    const events: NewEvent[] = [];
    const waysBack: (() => void)[] = [];
    for (const one of batch) {
      if (this.lost && !one.evenIfLost) {
        one.reject(new RegisterLost(this.stream));
        continue;
      }
      try {
        const { events: added, meta, firstIndex = 0, result } = one.decide(this.state);
        for (const [index, event] of added.entries()) {
          if (!meta) throw new TypeError(`${event.type} without metadata`);
          events.push({ id: eventId(meta.causationId, firstIndex + index), type: event.type, v: event.v, data: event.data, meta });
          waysBack.push(wayBack(this.state, event));
          absorb(this.state, event);
        }
        decided.push({ one, result });
      } catch (error) {
        one.reject(error);
      }
    }
    return { decided, events, waysBack };
  }

  /**
   * After a failed append nothing of it is in the fold any more, and the store is read: it may have been appended all the same, its reply lost, and then the
   * decisions stand. A lost race is decided again, too large an append in two; any other failure is told.
   */
  private async recover({ decided, events, waysBack }: Turn, error: unknown): Promise<void> {
    for (const back of waysBack.toReversed()) back();
    const giveUp = (reason: unknown): void => {
      for (const { one, result } of decided) {
        one.undo?.(result);
        one.reject(reason);
      }
    };
    let happened: boolean;
    try {
      happened = await this.catchUp(events, error instanceof WrongVersion);
    } catch (unreadable) {
      return giveUp(unreadable);
    }
    if (happened) {
      for (const { one, result } of decided) one.resolve(result);
      return;
    }
    const tooLarge = error instanceof AppendTooLarge && decided.length > 1;
    if (!(error instanceof WrongVersion) && !tooLarge) return giveUp(error);
    if (tooLarge) this.most = Math.floor(decided.length / 2);
    for (const { one, result } of decided) one.undo?.(result);
    this.waiting.unshift(...decided.map(({ one }) => one));
  }

  /** Reads what the store holds beyond the fold; tells whether `ours`, made for its head, are there. `moved`: it must hold something. */
  private async catchUp(ours: readonly NewEvent[] = [], moved = false): Promise<boolean> {
    this.unsure = true;
    const last = chain(this.stream, this.head, ours).at(-1)?.digest;
    let read = 0;
    let happened = false;
    const continues = await foldOn(this.store, this.stream, { state: this.state, head: this.head }, ({ events, head }) => {
      this.head = head;
      read += events.length;
      happened ||= events.some(({ digest }) => digest === last);
    });
    if (!continues || (moved && read === 0)) {
      const { state, head } = await foldWhole(this.store, this.stream);
      state.lastOperation = laterOperation(state.lastOperation, this.state.lastOperation);
      this.state = state;
      this.head = head;
    }
    this.unsure = false;
    this.lost = this.state.owner !== this.owner;
    if (read > 0) this.keeper?.absorbed(read);
    return happened;
  }
}

/** A fold brought up to date, or made anew where it does not belong to the stream. */
async function foldedFrom(store: EventStore, stream: string, from: Folded | undefined): Promise<Folded> {
  if (!from) return foldWhole(store, stream);
  let { head } = from;
  const continues = await foldOn(store, stream, from, (page) => (head = page.head));
  return continues ? { state: from.state, head } : foldWhole(store, stream);
}
