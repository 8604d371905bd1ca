import { nextRomeMidnight, romeClock, romeDay } from '@geres/contracts';

/** An instant on the calendar and clock of Italy. */
export interface Civil {
  /** `2026-11-23`. */
  readonly day: string;
  /** `08:05`. */
  readonly clock: string;
  /** 1 Monday … 7 Sunday. */
  readonly weekday: number;
  /** The next midnight, in milliseconds. */
  readonly midnight: number;
}

const known = new Map<number, Civil>();
const KEPT = 100;

/** The calendar costs more than all the checks of a lookup, and says the same for a whole minute. */
export function civil(at: Date): Civil {
  const minute = Math.floor(at.getTime() / 60_000);
  const found = known.get(minute);
  if (found) return found;
  const day = romeDay(at);
  const made = { day, clock: romeClock(at), weekday: new Date(`${day}T12:00:00Z`).getUTCDay() || 7, midnight: nextRomeMidnight(at).getTime() };
  if (known.size >= KEPT) known.clear();
  known.set(minute, made);
  return made;
}
