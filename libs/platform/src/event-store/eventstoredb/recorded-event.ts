import { eventId, StoreUnavailable, type EventMeta, type NewEvent, type Recorded, type Sealed } from '@geres/kernel';
import type { EventData, JSONType } from '@eventstore/db-client';

/** What GeRes keeps of an event beside its data. */
interface Kept {
  readonly id: string;
  readonly v: number;
  readonly digest: string;
  readonly meta: EventMeta;
}

/** As the client gives an event back, read or subscribed to. */
export interface Given {
  readonly streamId: string;
  readonly revision: bigint;
  readonly type: string;
  readonly data: unknown;
  readonly metadata?: unknown;
  readonly position?: { readonly commit: bigint; readonly prepare: bigint };
}

/** Positions are offsets of 63 bits: with this many digits they sort as strings. */
const DIGITS = 20;
const NO_POSITION = 2n ** 63n;

export const positionOf = (commit: bigint): string => String(commit).padStart(DIGITS, '0');
export const commitOf = (position: string): bigint => BigInt(position);

/** Versions count events; revisions begin at 0. */
export const revisionOf = (version: number): bigint => BigInt(version - 1);
export const versionOf = (revision: bigint): number => Number(revision) + 1;

/**
 * An event as it is sent. The server takes an append for a repeated one when the ids of its events are there already: these are made of the digest, so that only the very
 * same events count as a repetition. The same command decided twice makes the same ids of the port and, in another form, other events.
 */
export const sentOf = ({ id, type, v, data, meta }: NewEvent, { digest }: Sealed): EventData => ({
  id: eventId(digest, 0),
  contentType: 'application/json',
  type,
  data: data as JSONType,
  metadata: { id, v, digest, meta },
});

/** Errors: `StoreUnavailable` (damaged), where it is not an event of GeRes, or not whole. */
export function recordedOf({ streamId, revision, type, data, metadata, position }: Given): Recorded {
  const version = versionOf(revision);
  const kept = metadata as Kept | undefined;
  if (!isObject(data) || !isObject(kept) || typeof kept.id !== 'string' || typeof kept.v !== 'number' || typeof kept.digest !== 'string' || !isObject(kept.meta)) {
    throw new StoreUnavailable(`stream ${streamId}: event ${version} is not one of GeRes, or is damaged`, { damaged: true });
  }
  const { id, v, digest, meta } = kept;
  return { stream: streamId, version, id, type, v, data, meta, digest, position: positionOf(committedAt(position)) };
}

/** Servers before 22.6 do not tell the position of an event that is read from its stream. */
export function committedAt(position: Given['position']): bigint {
  if (!position || position.commit >= NO_POSITION) throw new StoreUnavailable('the server does not tell the positions of events: EventStoreDB 22.6 or later is needed');
  return position.commit;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
