import { createHash } from 'node:crypto';

/** Namespace of the ids of GeRes events: a UUID of our own, fixed for ever. */
const EVENTS = Buffer.from('6f1d7c0e2b5a4f0e9a6b3c9d1e8f7a25', 'hex');

/** UUID version 5 (RFC 9562) of (command id, index): the same command always makes the same event ids. */
export function eventId(causationId: string, index: number): string {
  const bytes = createHash('sha1').update(EVENTS).update(`${causationId}/${index}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
