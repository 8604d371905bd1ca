/** A command for another process. `data` is plain JSON. */
export interface Command<D extends object = object> {
  /** `anpr.lookup.ask`, `anpr.lookup.collect`, … */
  readonly type: string;
  /** Id of the command (UUID or ULID): the causation of its events. */
  readonly id: string;
  /** Commands of one key are handled in order (for lookups: the Comune). */
  readonly key: string;
  /** RFC 3339, UTC. */
  readonly issuedAt: string;
  /** RFC 3339, UTC: past it nobody acts on it. */
  readonly expiresAt: string;
  readonly data: D;
}

/** What came of a command, for whoever waits for it. */
export interface Answer<D extends object = object> {
  readonly type: string;
  /** Id of the command it answers. */
  readonly to: string;
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly data: D;
}

/** One command in the hands of a handler. */
export interface Delivery {
  /** Counts from 1. */
  readonly attempt: number;
  /** The command counts as taken when `taken` resolves; if it rejects, the command comes again. The next command does not wait for it. */
  until(taken: Promise<unknown>): void;
  /** Nobody will ever understand this command: it is put aside with its reason, and the others go on. */
  park(reason: string): void;
}

export interface Parked {
  readonly topic: string;
  readonly reason: string;
  readonly message: unknown;
}

/** Its full text is `commandBusContract` in `@geres/kernel/testing`. */
export interface CommandBus {
  /** Resolves when the command is accepted, never when it is handled. Rejects with `BusUnavailable` when it is not accepted. */
  send(topic: string, command: Command): Promise<void>;
  /** One handler a topic and process. It returns at once: what it waits for goes to `delivery.until`. A handler that throws gets the command again, and after `attempts` it is parked. */
  handle(topic: string, handler: (message: unknown, delivery: Delivery) => void): Promise<void>;
  /** To every instance that listens; nobody may be listening. */
  answer(topic: string, answer: Answer): Promise<void>;
  /** Answers from now on, to this instance: those that it `wants`, by the id of their command; the others are not even opened. Returns the way to stop. */
  answers(topic: string, listener: (message: unknown) => void, wants?: (to: string) => boolean): Promise<() => void>;
  /** Commands that were put aside. */
  onParked(listener: (parked: Parked) => void): void;
  /** Takes no further commands, waits for those taken (bounded by `graceMs`), leaves. */
  close(graceMs?: number): Promise<void>;
}

export class BusUnavailable extends Error {
  override readonly name = 'BusUnavailable';
  constructor(readonly reason: string) {
    super(`the bus is not available: ${reason}`);
  }
}
