import { createHash } from 'node:crypto';
import { canonical } from './canonical.js';
import type { NewEvent, Recorded } from './event.js';
import type { Head } from './event-store.js';

/** An event with its `data` and `meta` already in canonical form: what an adapter stores, byte for byte. */
export interface Sealed {
  readonly stream: string;
  readonly version: number;
  readonly id: string;
  readonly type: string;
  readonly v: number;
  readonly data: string;
  readonly meta: string;
  readonly digest: string;
}

/** SHA-256 (hex) of the previous digest followed by the RFC 8785 form of { stream, version, id, type, v, data, meta }. */
export function digestOf(previous: string, event: Omit<Sealed, 'digest'>): string {
  const form =
    `{"data":${event.data},"id":${JSON.stringify(event.id)},"meta":${event.meta},"stream":${JSON.stringify(event.stream)},` +
    `"type":${JSON.stringify(event.type)},"v":${event.v},"version":${event.version}}`;
  return createHash('sha256').update(previous).update(form).digest('hex');
}

/** Numbers, canonicalises and chains the events that follow `head`. */
export function chain(stream: string, head: Head, events: readonly NewEvent[]): readonly Sealed[] {
  let { version, digest } = head;
  return events.map(({ id, type, v, data, meta }) => {
    version += 1;
    const open = { stream, version, id, type, v, data: canonical(data), meta: canonical(meta) };
    digest = digestOf(digest, open);
    return { ...open, digest };
  });
}

/** The first version of a stream whose event does not follow from the one before it; `undefined` when the chain holds. `events` start at version `head.version + 1`. */
export function brokenAt(events: Iterable<Recorded>, head: Head): number | undefined {
  let { version, digest } = head;
  for (const event of events) {
    version += 1;
    if (event.version !== version) return version;
    digest = digestOf(digest, { ...event, data: canonical(event.data), meta: canonical(event.meta) });
    if (event.digest !== digest) return version;
  }
  return undefined;
}
