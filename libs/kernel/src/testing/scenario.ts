import { expect } from 'vitest';
import { fold, type Decider } from '../decider.js';
import type { DomainEvent } from '../event.js';
import { Problem } from '../problem.js';

/** given these events, when this command, then those events, or that problem, or nothing. */
export function scenario<S, C, E extends DomainEvent>(decider: Decider<S, C, E>) {
  return {
    given: (...events: readonly E[]) => ({
      when: (command: C) => {
        const decide = (): readonly E[] => decider.decide(command, fold(decider, events));
        return {
          then: (...expected: readonly E[]): void => expect(decide()).toEqual(expected),
          /** By the code of the problem, never by its words. */
          thenFails: (code: string): void => {
            try {
              const decided = decide();
              expect.fail(`it was decided: ${JSON.stringify(decided)}`);
            } catch (error) {
              if (!(error instanceof Problem)) throw error;
              expect(error.code).toBe(code);
            }
          },
          thenNothing: (): void => expect(decide()).toEqual([]),
        };
      },
    }),
  };
}
