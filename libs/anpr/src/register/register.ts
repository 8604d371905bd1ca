import { registerStream } from '@geres/contracts';
import { eventId, NO_STREAM, WrongVersion, type EventMeta, type EventStore, type Head, type NewEvent } from '@geres/kernel';
import { absorb, emptyRegister, type RegisterEvents, type RegisterState } from './register.domain.js';

/** Another connector owns the register now: nothing more is decided here. */
export class RegisterLost extends Error {
  override readonly name = 'RegisterLost';
  constructor(readonly stream: string) {
    super(`the register ${stream} has another owner`);
  }
}

/**
 * Indexes of what may follow a request. An outcome and an interruption of the same lookup must not share an id: of two owners who append at one head, the
 * second has to learn that it lost.
 */
export const OUTCOME = 1;
export const INTERRUPTION = 2;

/** What a decision adds, with the command that causes it. */
export interface Entered<R> {
  readonly events: readonly RegisterEvents[];
  readonly meta: EventMeta;
  /** Index of the first event among those that the command causes; 0, the request or refusal, if absent. */
  readonly firstIndex?: number;
  readonly result: R;
}

interface Waiting {
  readonly decide: (state: RegisterState) => Entered<unknown>;
  /** Whether it may still be appended when the register has another owner: the outcome of a lookup that is open. */
  readonly evenIfLost: boolean;
  readonly undo: ((result: unknown) => void) | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Keeps one append well under the store's limit. */
const MAX_EVENTS = 150;

/**
 * The register of a Comune and day in the hands of its owner: a fold kept in memory, and one append at a time for all that waits. A decision runs on the
 * fold in its turn and takes effect when its events are durable; after a lost race the fold is read again and every waiting decision is taken again.
 */
export class Register {
  private state: RegisterState = emptyRegister();
  private head: Head;
  private waiting: Waiting[] = [];
  private running = false;
  private lost = false;

  private constructor(
    private readonly store: EventStore,
    private readonly stream: string,
    private readonly owner: string,
    head: Head,
  ) {
    this.head = head;
  }

  /** Folds the day and records that `owner` has it from here on; repeated until nobody else has written in between. */
  static async take(store: EventStore, comune: string, day: string, owner: string, meta: EventMeta): Promise<Register> {
    const stream = registerStream(comune, day);
    for (;;) {
      const { state, head } = await folded(store, stream);
      const taken: RegisterEvents = { type: 'anpr.register.taken', v: 1, data: { comune, day, owner } };
      // A take is caused by this process at this head: another take of the same day is another event.
      const causation = { ...meta, causationId: `${owner}/${stream}/${head.version}` };
      try {
        const appended = await store.append(stream, head, [{ ...taken, id: eventId(causation.causationId, 0), meta: causation }]);
        const register = new Register(store, stream, owner, appended.head);
        state.owner = owner;
        register.state = state;
        return register;
      } catch (error) {
        if (!(error instanceof WrongVersion)) throw error;
      }
    }
  }

  /** The fold as it stands: everything durable and what is on its way. Only to look at. */
  get view(): RegisterState {
    return this.state;
  }

  get isLost(): boolean {
    return this.lost;
  }

  /**
   * Runs `decide` in its turn; resolves with its result when its events (none is fine) are durable. `undo` is called with a result that did not come to
   * pass, since the decision was taken again or given up. Errors: `RegisterLost`, and what the store throws.
   */
  enter<R>(decide: (state: RegisterState) => Entered<R>, options: { readonly evenIfLost?: boolean; readonly undo?: (result: R) => void } = {}): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      this.waiting.push({ decide, evenIfLost: options.evenIfLost ?? false, undo: options.undo as Waiting['undo'], resolve: resolve as Waiting['resolve'], reject });
      if (!this.running) {
        this.running = true;
        queueMicrotask(() => void this.run());
      }
    });
  }

  private async run(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, MAX_EVENTS);
      await this.append(batch);
    }
    this.running = false;
  }

  private async append(batch: readonly Waiting[]): Promise<void> {
    const decided: { readonly one: Waiting; readonly entered: Entered<unknown> }[] = [];
    const events: NewEvent[] = [];
    for (const one of batch) {
      if (this.lost && !one.evenIfLost) {
        one.reject(new RegisterLost(this.stream));
        continue;
      }
      try {
        const entered = one.decide(this.state);
        entered.events.forEach((event, index) => {
          const stored = { id: eventId(entered.meta.causationId, (entered.firstIndex ?? 0) + index), type: event.type, v: event.v, data: event.data, meta: entered.meta };
          events.push(stored);
          absorb(this.state, stored);
        });
        decided.push({ one, entered });
      } catch (error) {
        one.reject(error);
      }
    }
    if (events.length === 0) {
      for (const { one, entered } of decided) one.resolve(entered.result);
      return;
    }
    try {
      this.head = (await this.store.append(this.stream, this.head, events)).head;
      for (const { one, entered } of decided) one.resolve(entered.result);
    } catch (error) {
      for (const { one, entered } of decided) one.undo?.(entered.result);
      await this.recover(decided.map(({ one }) => one), error);
    }
  }

  /** After a failed append the fold in memory holds what never happened: it is read again. A lost race is decided again; any other failure is told. */
  private async recover(batch: readonly Waiting[], error: unknown): Promise<void> {
    try {
      const { state, head } = await folded(this.store, this.stream);
      this.state = state;
      this.head = head;
      this.lost = state.owner !== this.owner;
    } catch (unreadable) {
      // Whoever comes next takes the register anew.
      this.lost = true;
      for (const one of batch) one.reject(unreadable);
      return;
    }
    if (!(error instanceof WrongVersion)) {
      for (const one of batch) one.reject(error);
      return;
    }
    this.waiting.unshift(...batch);
  }
}

async function folded(store: EventStore, stream: string): Promise<{ state: RegisterState; head: Head }> {
  const state = emptyRegister();
  let head = NO_STREAM;
  for await (const page of store.read(stream)) {
    for (const event of page.events) absorb(state, event);
    head = page.head;
  }
  return { state, head };
}

