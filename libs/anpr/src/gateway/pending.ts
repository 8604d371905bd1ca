import { LookupAnswer, type LookupOutcome } from '@geres/contracts';

/** What the gateway knows of a command when it stops waiting. */
export type Heard =
  | { readonly kind: 'outcome'; readonly outcome: Exclude<LookupOutcome, { kind: 'recorded' }> }
  /** The record is durable; an outcome will follow. `lookup` is the first one where an idempotency key was used again. */
  | { readonly kind: 'recorded'; readonly lookup: string }
  | { readonly kind: 'nothing' };

export type Told = Exclude<Heard, { kind: 'nothing' }>;

export interface Patience {
  /** Milliseconds for an outcome. */
  readonly outcomeMs: number;
  /** Milliseconds for the word that the record is durable, where an outcome does not come before. */
  readonly recordMs: number;
}

interface Waiting {
  recorded: string | undefined;
  /** The time for an outcome is over: the word that the record is durable is enough. */
  wordIsEnough: boolean;
  readonly settle: (heard: Heard) => void;
}

/** Commands of this gateway instance that wait for an answer. Every answer passes by every instance, which hears only those that it awaits. */
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
    if (one.wordIsEnough) one.settle({ kind: 'recorded', lookup: data.lookup });
  };

  readonly awaits = (command: string): boolean => this.waiting.has(command);

  get size(): number {
    return this.waiting.size;
  }

  /** Starts to wait for what comes of a command, before it is sent. Never rejects. */
  wait(command: string, { outcomeMs, recordMs }: Patience): { readonly heard: Promise<Heard>; forget(): void } {
    const { promise, resolve } = Promise.withResolvers<Heard>();
    const patient = setTimeout(() => this.hurry(command), outcomeMs);
    const last = setTimeout(() => one.settle({ kind: 'nothing' }), Math.max(outcomeMs, recordMs));
    const one: Waiting = {
      recorded: undefined,
      wordIsEnough: outcomeMs === 0,
      settle: (heard) => {
        clearTimeout(patient);
        clearTimeout(last);
        this.waiting.delete(command);
        resolve(heard);
      },
    };
    this.waiting.set(command, one);
    return { heard: promise, forget: () => one.settle({ kind: 'nothing' }) };
  }

  /** Nobody waits for an outcome any more. */
  hurryAll(): void {
    for (const command of [...this.waiting.keys()]) this.hurry(command);
  }

  /** Nobody waits for anything any more. */
  forgetAll(): void {
    this.hurryAll();
    for (const one of [...this.waiting.values()]) one.settle({ kind: 'nothing' });
  }

  private hurry(command: string): void {
    const one = this.waiting.get(command);
    if (!one) return;
    one.wordIsEnough = true;
    if (one.recorded !== undefined) one.settle({ kind: 'recorded', lookup: one.recorded });
  }
}
