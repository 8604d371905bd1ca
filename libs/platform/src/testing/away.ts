import { StoreUnavailable, type EventStore } from '@geres/kernel';

/** A store whose subscriptions fail while it is away: those that run, and those that begin. */
export function mayGoAway(store: EventStore): EventStore & { leave(): void; comeBack(): void; readonly refusals: number } {
  const broken = new Set<() => void>();
  let away = false;
  let refusals = 0;
  return {
    get refusals() {
      return refusals;
    },
    leave() {
      away = true;
      for (const end of [...broken]) end();
    },
    comeBack() {
      away = false;
    },
    read: (stream, after) => store.read(stream, after),
    append: (stream, head, events) => store.append(stream, head, events),
    async *subscribe(from, { signal, ...options }) {
      if (away) {
        refusals += 1;
        throw new StoreUnavailable('it is away');
      }
      const ending = new AbortController();
      const end = (): void => ending.abort();
      broken.add(end);
      try {
        yield* store.subscribe(from, { ...options, signal: AbortSignal.any([signal, ending.signal]) });
      } finally {
        broken.delete(end);
      }
      if (!signal.aborted) throw new StoreUnavailable('it is away');
    },
  };
}
