import { LookupAnswer, type LookupOutcome } from '@geres/contracts';

/** What the gateway knows of a command when it stops waiting. */
export type Heard =
  | { readonly kind: 'outcome'; readonly outcome: Exclude<LookupOutcome, { kind: 'recorded' }> }
  /** The record is durable; an outcome will follow. `lookup` is the first one where an idempotency key was used again. */
  | { readonly kind: 'recorded'; readonly lookup: string }
  | { readonly kind: 'nothing' };

interface Waiting {
  recorded: string | undefined;
  readonly untilRecorded: boolean;
  readonly settle: (heard: Heard) => void;
}

/** Commands of this gateway instance that wait for an answer. Every instance hears every answer, and keeps only its own. */
export class Pending {
  private readonly waiting = new Map<string, Waiting>();

  /** For the answers topic. What cannot be parsed is nobody's answer. */
  readonly hear = (message: unknown): void => {
    const to = (message as { readonly to?: unknown } | null)?.to;
    const one = typeof to === 'string' ? this.waiting.get(to) : undefined;
    if (!one) return;
    const answer = LookupAnswer.safeParse(message);
    if (!answer.success) return;
    const { data } = answer.data;
    if (data.kind !== 'recorded') return one.settle({ kind: 'outcome', outcome: data });
    one.recorded = data.lookup;
    if (one.untilRecorded) one.settle({ kind: 'recorded', lookup: data.lookup });
  };

  get size(): number {
    return this.waiting.size;
  }

  /**
   * Starts to wait for what comes of a command, before it is sent. `seconds` bounds the wait; with `untilRecorded` the word that the record is durable ends
   * it. Never rejects.
   */
  wait(command: string, seconds: number, untilRecorded = false): { readonly heard: Promise<Heard>; forget(): void } {
    const { promise, resolve } = Promise.withResolvers<Heard>();
    const timer = setTimeout(() => {
      const { recorded } = one;
      one.settle(recorded === undefined ? { kind: 'nothing' } : { kind: 'recorded', lookup: recorded });
    }, seconds * 1000);
    const one: Waiting = {
      recorded: undefined,
      untilRecorded,
      settle: (heard) => {
        clearTimeout(timer);
        this.waiting.delete(command);
        resolve(heard);
      },
    };
    this.waiting.set(command, one);
    return { heard: promise, forget: () => one.settle({ kind: 'nothing' }) };
  }
}
