import { nextRomeMidnight, romeDay } from '@geres/contracts';

/** Milliseconds of the epoch: `from` inclusive, `to` exclusive. */
export interface Period {
  readonly from?: number;
  readonly to?: number;
}

const DAY_MS = 86_400_000;
const isDay = (moment: string): boolean => moment.length === 10;

/** The midnights in Europe/Rome with which a day begins and ends. */
const beginningOf = (day: string): number => nextRomeMidnight(new Date(Date.parse(`${day}T12:00:00Z`) - DAY_MS)).getTime();
const endOf = (day: string): number => nextRomeMidnight(new Date(`${day}T12:00:00Z`)).getTime();

/** Days are whole, in Italy: `a` is included. Instants are taken as they are. */
export const periodOf = ({ da, a }: { readonly da?: string | undefined; readonly a?: string | undefined }): Period => ({
  ...(da === undefined ? {} : { from: isDay(da) ? beginningOf(da) : Date.parse(da) }),
  ...(a === undefined ? {} : { to: isDay(a) ? endOf(a) : Date.parse(a) }),
});

/** A month (`202611`) and its days (`20261123`) that a period touches, in Europe/Rome. */
export interface MonthOfDays {
  readonly month: string;
  readonly days: readonly string[];
}

/** The newest first. */
export function daysByMonth({ from, to }: Required<Period>): readonly MonthOfDays[] {
  const first = romeDay(new Date(from));
  const months = new Map<string, string[]>();
  // Days of the calendar, which are the same everywhere: counted at noon of UTC.
  for (let at = Date.parse(`${romeDay(new Date(to - 1))}T12:00:00Z`), day = dayAt(at); day >= first; day = dayAt((at -= DAY_MS))) {
    const compact = day.replaceAll('-', '');
    const month = compact.slice(0, 6);
    months.set(month, [...(months.get(month) ?? []), compact]);
  }
  return [...months].map(([month, days]) => ({ month, days }));
}

const dayAt = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** The same instant of the calendar a year earlier. */
export function yearBefore(at: number): number {
  const date = new Date(at);
  return date.setUTCFullYear(date.getUTCFullYear() - 1);
}
