import { nextRomeMidnight, romeMonth } from '@geres/contracts';

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

/** Months (`202611`, Europe/Rome) that a period touches, the newest first. */
export function monthsOf({ from, to }: Required<Period>): readonly string[] {
  const first = romeMonth(new Date(from));
  const months: string[] = [];
  for (let month = romeMonth(new Date(to - 1)); month >= first; month = before(month)) months.push(month);
  return months;
}

function before(month: string): string {
  const year = Number(month.slice(0, 4));
  const number = Number(month.slice(4));
  return number === 1 ? `${year - 1}12` : `${year}${String(number - 1).padStart(2, '0')}`;
}

/** The same instant of the calendar a year earlier. */
export function yearBefore(at: number): number {
  const date = new Date(at);
  return date.setUTCFullYear(date.getUTCFullYear() - 1);
}
