import { eventId, type EventMeta } from '@geres/kernel';
import { createHash } from 'node:crypto';

/** A command that writes to several streams is one command for each: ids derived from its own, so that a repetition is recognised in every stream. */
export const stepOf = (meta: EventMeta, step: string): EventMeta => ({ ...meta, causationId: eventId(`${meta.causationId}/${step}`, 0) });

const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** A ULID whose random part and time come from a name: the same name, the same id. For what an installation makes once. */
export function ulidOf(name: string): string {
  let bits = BigInt(`0x${createHash('sha256').update(name).digest('hex').slice(0, 32)}`);
  let id = '';
  for (let i = 0; i < 26; i++) {
    id = CROCKFORD[Number(bits & 31n)]! + id;
    bits >>= 5n;
  }
  return id;
}
