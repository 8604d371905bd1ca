import type { DomainEvent } from './event.js';

/** The rules of one aggregate, pure. */
export interface Decider<S, C, E extends DomainEvent> {
  readonly initial: S;
  readonly evolve: (state: S, event: E) => S;
  /** No clock, no I/O, no ids made here: everything it needs is in the command. `[]` means "already so". */
  readonly decide: (command: C, state: S) => readonly E[];
}

export function fold<S, C, E extends DomainEvent>(decider: Decider<S, C, E>, events: Iterable<DomainEvent>, from: S = decider.initial): S {
  let state = from;
  for (const event of events) state = decider.evolve(state, event as E);
  return state;
}
