import { BLOCK, emptyRegister, enter, type Entry, type RegisterState } from './register.domain.js';
import { counters, type CountersDump } from './usage.domain.js';

/** Another shape of what follows is another number: snapshots of the old one are not read. */
export const SHAPE = 2;

const STATUSES = ['open', 'answered', 'failed', 'interrupted', 'refused'] as const satisfies readonly Entry['status'][];

/** A lookup: id; user, application, convention and problem as places in `words` (−1: none), status; then, where there are any, key and body, askBy and owner. */
type Line = readonly [lookup: string, user: number, application: number, convention: number, problem: number, status: number, key?: string, body?: string, askBy?: string, owner?: string];

interface BlockText {
  readonly words: readonly string[];
  readonly lines: readonly Line[];
}

/** What is not about single lookups. */
export interface Totals {
  readonly owner?: string | undefined;
  readonly lastOperation?: string | undefined;
  readonly usage: CountersDump;
  readonly counted: readonly (readonly [string, string])[];
}

export const totalsOf = ({ owner, lastOperation, usage, counted }: RegisterState): Totals => ({ ...(owner === undefined ? {} : { owner }), ...(lastOperation === undefined ? {} : { lastOperation }), usage: usage.dump(), counted: [...counted] });

/** How many blocks there are. */
export const blocksOf = ({ order }: RegisterState): number => Math.ceil(order.length / BLOCK);

/** One block as text. Blocks may be written later than the totals, as long as the events in between follow: to absorb them again leaves lookups as they are. */
export function blockText(state: RegisterState, block: number): string {
  const words = new Map<string, number>();
  const place = (word: string | undefined): number => {
    if (word === undefined) return -1;
    const known = words.get(word) ?? words.size;
    words.set(word, known);
    return known;
  };
  const lines = state.order.slice(block * BLOCK, (block + 1) * BLOCK).map((lookup): Line => {
    const { user, application, convention, problem, status, key, body, askBy } = state.lookups.get(lookup)!;
    const head = [lookup, place(user), place(application), place(convention), place(problem), STATUSES.indexOf(status)] as const;
    if (status === 'open') return [...head, key ?? '', body ?? '', askBy ?? '', state.open.get(lookup) ?? ''];
    return key && body ? [...head, key, body] : head;
  });
  return JSON.stringify({ words: [...words.keys()], lines } satisfies BlockText);
}

export function registerOf({ owner, lastOperation, usage, counted }: Totals): RegisterState {
  const state = emptyRegister(counters(usage));
  state.owner = owner;
  state.lastOperation = lastOperation;
  for (const [lookup, reason] of counted) state.counted.set(lookup, reason);
  return state;
}

/** Adds the lookups of the next block. */
export function readBlock(state: RegisterState, text: string): void {
  const { words, lines } = JSON.parse(text) as BlockText;
  for (const [lookup, user, application, convention, problem, status, key, body, askBy, owner] of lines) {
    const entry: Omit<Entry, 'place'> = {
      user: words[user]!,
      application: words[application]!,
      ...(convention < 0 ? {} : { convention: words[convention]! }),
      ...(key && body ? { key, body } : {}),
      ...(askBy ? { askBy } : {}),
      ...(problem < 0 ? {} : { problem: words[problem]! }),
      status: STATUSES[status]!,
    };
    enter(state, lookup, entry);
    if (entry.status === 'open') state.open.set(lookup, owner ?? '');
  }
}
