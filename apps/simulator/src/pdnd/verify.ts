import type { Card } from '../people/card.js';
import type { Block } from './blocks.js';
import type { Tree } from './request.js';

/** Whether every declared leaf is what the record says; what is not in the record does not correspond. */
export function corresponds(declared: Tree | readonly Tree[] | string | undefined, recorded: unknown): boolean {
  if (typeof declared === 'string') return typeof recorded === 'string' && declared.toUpperCase() === recorded.toUpperCase();
  if (declared === undefined) return false;
  // An array is met by an element for each of the declared ones, wherever it is.
  if (Array.isArray(recorded)) return (Array.isArray(declared) ? declared : [declared]).every((one: Tree) => recorded.some((other) => corresponds(one, other)));
  if (typeof recorded !== 'object' || recorded === null) return false;
  return Object.entries(declared).every(([name, value]) => corresponds(value as Tree, (recorded as Block)[name]));
}

/** Ids beyond 1002, 1003 and 1015 are not public: a reader matches on `chiave`. */
export function verification(id: string, chiave: string, holds: boolean): Block {
  return { id, chiave, valore: holds ? 'S' : 'N', ...(holds ? {} : { dettaglio: 'Dato non corrispondente' }) };
}

/** The living, on that day: who died later was alive. */
export function alive({ decesso }: Card, day: string): boolean {
  return decesso === undefined || decesso.data > day;
}
