/** Days and hours of the law are those of Italy. */
const DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome', year: 'numeric', month: '2-digit', day: '2-digit' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Rome', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** `2026-11-23`: the civil day in Europe/Rome. */
export const romeDay = (at: Date): string => DAY.format(at);
/** `202611`: the month of the archive's secrets, in Europe/Rome. */
export const romeMonth = (at: Date): string => romeDay(at).slice(0, 7).replace('-', '');
/** `08:05` in Europe/Rome. */
export const romeClock = (at: Date): string => CLOCK.format(at);
/** The instant of the next midnight in Europe/Rome. */
export function nextRomeMidnight(at: Date): Date {
  const today = romeDay(at);
  let low = at.getTime();
  let high = low + 26 * 3600_000;
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2);
    if (romeDay(new Date(middle)) === today) low = middle;
    else high = middle;
  }
  return new Date(Math.floor(high / 1000) * 1000);
}
