import type { LookupCommand } from '@geres/contracts';
import { decodeTime } from 'ulid';

/** Clocks of gateway and connector may differ by as much. */
const AHEAD_MS = 5 * 60_000;
/** No broker keeps a command longer. */
const OLDEST_MS = 7 * 86_400_000;
/** The gateway makes the id and the command in one moment. */
const APART_MS = 60_000;

/**
 * Why nobody may ever act on a command; `undefined` when nothing is against it. The id of a lookup says on which day it is recorded: an id that was made up
 * must not begin the register of a day that is not there.
 */
export function unsound({ type, id, key, issuedAt, data: { lookup, comune } }: LookupCommand, now: Date): string | undefined {
  if (key !== comune) return 'key: is not the Comune';
  const asked = decodeTime(lookup);
  if (asked - now.getTime() > AHEAD_MS) return 'data.lookup: from the future';
  if (type !== 'anpr.lookup.ask') return undefined;
  if (id !== lookup) return 'id: is not the lookup';
  if (now.getTime() - asked > OLDEST_MS) return 'data.lookup: from long ago';
  if (Math.abs(Date.parse(issuedAt) - asked) > APART_MS) return 'data.lookup: of another time than the command';
  return undefined;
}
