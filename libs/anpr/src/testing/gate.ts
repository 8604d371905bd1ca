import { StoreUnavailable, type EventStore, type NewEvent } from '@geres/kernel';

/** What can become of an append: nothing; its reply is lost; or it is given up and done when it is let through. */
export type Fault = 'refused' | 'reply-lost' | 'late';

/** A store that a spec can hold, and whose appends it can spoil. */
export interface Gate {
  readonly store: EventStore;
  /** From now on appends of these events wait; returns the way to let them through. */
  hold(type: string): () => void;
  /** So many of the next appends of these events fail as told. */
  spoil(type: string, fault: Fault, times?: number): void;
  /** Resolves when so many appends of these events have come, held or not, since the gate was made. */
  came(type: string, times?: number): Promise<void>;
  /** Resolves when so many of them are durable. */
  done(type: string, times?: number): Promise<void>;
  /** Does what was given up. */
  letThrough(): Promise<void>;
}

/** `onDurable` is told of events when they are, before anybody else is. */
export function gate(inner: EventStore, onDurable: (events: readonly NewEvent[]) => void = () => undefined): Gate {
  const held = new Map<string, Promise<void>>();
  const faults: { readonly type: string; readonly fault: Fault }[] = [];
  const late: (() => Promise<unknown>)[] = [];
  const seen = new Map<string, number>();
  const waiting = new Set<() => void>();
  const count = (names: readonly string[]): void => {
    for (const name of names) seen.set(name, (seen.get(name) ?? 0) + 1);
    for (const look of [...waiting]) look();
  };
  const until = (name: string, times: number): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if ((seen.get(name) ?? 0) < times) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  const store: EventStore = {
    read: (...given) => inner.read(...given),
    subscribe: (...given) => inner.subscribe(...given),
    async append(stream, head, events) {
      const types = new Set(events.map(({ type }) => type));
      count([...types]);
      for (const type of types) await held.get(type);
      const at = faults.findIndex(({ type }) => types.has(type));
      const fault = at < 0 ? undefined : faults.splice(at, 1)[0]!.fault;
      if (fault === 'late') late.push(() => inner.append(stream, head, events));
      if (fault === 'refused' || fault === 'late') throw new StoreUnavailable('refused');
      const done = await inner.append(stream, head, events);
      onDurable(events);
      count([...types].map((type) => `durable ${type}`));
      if (fault === 'reply-lost') throw new StoreUnavailable('no reply');
      return done;
    },
  };
  return {
    store,
    hold(type) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(type, promise);
      return () => {
        held.delete(type);
        resolve();
      };
    },
    spoil: (type, fault, times = 1) => void faults.push(...Array.from({ length: times }, () => ({ type, fault }))),
    came: (type, times = 1) => until(type, times),
    done: (type, times = 1) => until(`durable ${type}`, times),
    async letThrough() {
      for (const append of late.splice(0)) await append();
    },
  };
}
