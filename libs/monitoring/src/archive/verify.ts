import { brokenAt, NO_STREAM, type EventStore, type Head, type Recorded } from '@geres/kernel';
import { wholeArchive } from './whole-archive.js';

export interface Verification {
  readonly streams: number;
  readonly events: number;
  /** Absent in an empty archive. */
  readonly lastPosition?: string;
  /** Where each damaged stream first stops following from its beginning. */
  readonly broken: readonly { readonly stream: string; readonly version: number }[];
}

/** Events between two words to whoever waits. */
const EVERY = 10_000;

/**
 * Follows the chain of every stream from its first event: an event that was altered, dropped or inserted breaks it. What is missing at the end of a stream, or
 * a stream that is missing whole, shows only against a seal of the heads.
 */
export async function verifyArchive(store: Pick<EventStore, 'subscribe'>, onProgress: (progress: { readonly events: number }) => void = () => undefined): Promise<Verification> {
  const heads = new Map<string, Head>();
  const broken = new Map<string, number>();
  let events = 0;
  let lastPosition: string | undefined;
  for await (const event of wholeArchive(store)) {
    const { stream, version, digest, position } = event;
    if (!broken.has(stream)) {
      const at = brokenFrom(event, heads.get(stream) ?? NO_STREAM);
      if (at !== undefined) broken.set(stream, at);
    }
    heads.set(stream, { version, digest });
    lastPosition = position;
    events += 1;
    if (events % EVERY === 0) onProgress({ events });
  }
  onProgress({ events });
  return { streams: heads.size, events, ...(lastPosition === undefined ? {} : { lastPosition }), broken: [...broken].map(([stream, version]) => ({ stream, version })) };
}

/** As `brokenAt`; an event that has no canonical form was never written by a store. */
function brokenFrom(event: Recorded, head: Head): number | undefined {
  try {
    return brokenAt([event], head);
  } catch {
    return event.version;
  }
}
