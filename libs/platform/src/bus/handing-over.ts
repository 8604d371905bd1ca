import type { Delivery } from '@geres/kernel';

export type Handler = (message: unknown, delivery: Delivery) => void;

/** What comes of one delivery: exactly one of these is called, once. */
export interface Fate {
  taken(): void;
  again(error: unknown): void;
  park(reason: string): void;
}

/** Hands a message to its handler. `track` is given each promise that the delivery waits for; none of them rejects. */
export function handOver(handler: Handler, message: unknown, attempt: number, fate: Fate, track: (waiting: Promise<void>) => void): void {
  let over = false;
  const once = (end: () => void): void => {
    if (over) return;
    over = true;
    end();
  };
  const refused = (error: unknown): void => once(() => fate.again(error));
  // The handler itself, and all that it is to wait for.
  let awaited = 1;
  const settled = (): void => {
    awaited -= 1;
    if (awaited === 0) once(() => fate.taken());
  };
  const delivery: Delivery = {
    attempt,
    until: (taken) => {
      awaited += 1;
      track(taken.then(settled, refused));
    },
    park: (reason) => once(() => fate.park(reason)),
  };
  try {
    handler(message, delivery);
  } catch (error) {
    refused(error);
    return;
  }
  settled();
}

/** Why a command is put aside that was never taken. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.name : 'refused');

/** What was taken in hand and has not ended. */
export class InHand {
  private readonly waiting = new Set<Promise<void>>();

  readonly track = (one: Promise<void>): void => {
    this.waiting.add(one);
    void one.finally(() => this.waiting.delete(one));
  };

  /** Resolves when all of it has ended, or after `graceMs`. */
  async ended(graceMs: number): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, graceMs);
    await Promise.race([this.all(), late.promise]);
    clearTimeout(timer);
  }

  /** What ends may leave something else to be done. */
  private async all(): Promise<void> {
    while (this.waiting.size > 0) await Promise.all(this.waiting);
  }
}

/** Somebody who hears answers: those that it wants, by the id of their command. */
export interface Listener {
  readonly hear: (message: unknown) => void;
  readonly wants: (to: string) => boolean;
}
