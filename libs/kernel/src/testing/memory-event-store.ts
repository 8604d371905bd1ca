import { AppendTooLarge, MAX_APPEND_BYTES, NO_STREAM, WrongVersion, type EventStore, type Head } from '../event-store.js';
import { chain } from '../digest.js';
import type { Recorded } from '../event.js';

export interface MemoryEventStore extends EventStore {
  readonly events: readonly Recorded[];
  /** Nothing is answered any more, until the returned function is called. */
  stall(): () => void;
}

/** An `EventStore` in memory for specs of features: the whole port, no file. `eventStoreContract` holds for it too. */
export function memoryEventStore(pageSize = 100): MemoryEventStore {
  let answering = Promise.resolve();
  const events: Recorded[] = [];
  const streams = new Map<string, Recorded[]>();
  const waiting = new Set<() => void>();
  const headOf = (stream: string): Head => {
    const last = streams.get(stream)?.at(-1);
    return last ? { version: last.version, digest: last.digest } : NO_STREAM;
  };
  const wake = (): void => {
    for (const done of [...waiting]) done();
  };
  const news = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, 100);
      waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });

  return {
    events,
    stall() {
      const { promise, resolve } = Promise.withResolvers<void>();
      answering = promise;
      return resolve;
    },
    async *read(stream, after = NO_STREAM) {
      await answering;
      const rest = (streams.get(stream) ?? []).slice(after.version);
      let head = after;
      for (let at = 0; at === 0 || at < rest.length; at += pageSize) {
        const page = rest.slice(at, at + pageSize);
        const last = page.at(-1);
        if (last) head = { version: last.version, digest: last.digest };
        yield await Promise.resolve({ events: page, head });
      }
    },
    append: (stream, head, added) => answering.then(() => {
      const sealed = chain(stream, head, added);
      const bytes = sealed.reduce((sum, { data, meta }) => sum + Buffer.byteLength(data) + Buffer.byteLength(meta), 0);
      if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, bytes);
      const known = streams.get(stream) ?? [];
      const actual = headOf(stream);
      if (actual.version !== head.version || actual.digest !== head.digest) {
        // The digest of the last one chains the whole append to the head that it was made for.
        const again = known.find(({ digest }) => digest === sealed.at(-1)?.digest);
        if (!again) throw new WrongVersion(stream, head.version, actual.version);
        return { head: { version: again.version, digest: again.digest }, position: again.position };
      }
      for (const { data, meta, ...rest } of sealed) {
        const event: Recorded = { ...rest, data: JSON.parse(data) as object, meta: JSON.parse(meta) as Recorded['meta'], position: String(events.length + 1).padStart(16, '0') };
        events.push(event);
        known.push(event);
      }
      streams.set(stream, known);
      wake();
      return { head: headOf(stream), position: (known.at(-1)?.position ?? '0').padStart(16, '0') };
    }),
    async *subscribe(from, { prefixes, signal }) {
      let at = typeof from === 'string' ? (from === 'start' ? 0 : Number(from)) : undefined;
      const wanted = ({ stream }: Recorded): boolean => !prefixes || prefixes.some((prefix) => stream.startsWith(prefix));
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      while (!signal.aborted) {
        await Promise.race([answering, aborted]);
        const asOf = new Date();
        const steady = performance.now();
        at ??= startOfLast(events, wanted, (from as { readonly last: number }).last);
        while (at < events.length && !signal.aborted) {
          const event = events[at]!;
          at += 1;
          if (wanted(event)) yield event;
        }
        if (signal.aborted) return;
        yield { caughtUp: true, asOf, steady, position: String(at).padStart(16, '0') };
        if (at === events.length) await news(signal);
      }
    },
  };
}

/** Where the last so many of the wanted events begin. */
function startOfLast(events: readonly Recorded[], wanted: (event: Recorded) => boolean, last: number): number {
  let at = events.length;
  for (let left = last; left > 0 && at > 0; ) if (wanted(events[--at]!)) left -= 1;
  return at;
}
