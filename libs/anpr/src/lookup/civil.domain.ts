import { romeClock, romeDay } from '@geres/contracts';

/** An instant on the calendar and clock of Italy. */
export interface Civil {
  /** `2026-11-23`. */
  readonly day: string;
  /** `08:05`. */
  readonly clock: string;
  /** 1 Monday … 7 Sunday. */
  readonly weekday: number;
}

export function civil(at: Date): Civil {
  const day = romeDay(at);
  return { day, clock: romeClock(at), weekday: new Date(`${day}T12:00:00Z`).getUTCDay() || 7 };
}
