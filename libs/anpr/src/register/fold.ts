import { brokenAt, NO_STREAM, type EventStore, type Head, type Page } from '@geres/kernel';
import { absorb, emptyRegister, type RegisterState } from './register.domain.js';

/** A register's fold and the head up to which it goes. */
export interface Folded {
  readonly state: RegisterState;
  readonly head: Head;
}

/** The whole stream. */
export async function foldWhole(store: EventStore, stream: string): Promise<Folded> {
  const state = emptyRegister();
  let head = NO_STREAM;
  for await (const page of store.read(stream)) {
    for (const event of page.events) absorb(state, event);
    head = page.head;
  }
  return { state, head };
}

/**
 * Absorbs what follows `head`, page by page, each told to `onPage` as soon as it is absorbed. False where the first event does not continue the chain of that
 * head: the fold is of another stream than the one that is stored, and nothing of it may be used.
 */
export async function foldOn(store: EventStore, stream: string, { state, head }: Folded, onPage: (page: Page) => void): Promise<boolean> {
  let first = true;
  for await (const page of store.read(stream, head)) {
    if (page.events.length === 0) continue;
    if (first && brokenAt(page.events.slice(0, 1), head) !== undefined) return false;
    first = false;
    for (const event of page.events) absorb(state, event);
    onPage(page);
  }
  return true;
}
