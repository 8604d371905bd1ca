/** Days and hours of the law are those of Italy. */
const DAY = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Rome', year: 'numeric', month: '2-digit', day: '2-digit' });
const CLOCK = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Rome', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** Rome is a whole number of minutes from UTC: what its calendar says of a minute is said once, since every lookup asks several times. */
function ofMinute(said: (at: Date) => string): (at: Date) => string {
  const known = new Map<number, string>();
  return (at) => {
    const minute = Math.floor(at.getTime() / 60_000);
    const found = known.get(minute);
    if (found !== undefined) return found;
    const words = said(at);
    if (known.size >= REMEMBERED) known.clear();
    known.set(minute, words);
    return words;
  };
}
const REMEMBERED = 1000;

/** `2026-11-23`: the civil day in Europe/Rome. */
export const romeDay = ofMinute((at) => DAY.format(at));
/** `202611`: the month of the archive's secrets, in Europe/Rome. */
export const romeMonth = (at: Date): string => romeDay(at).slice(0, 7).replace('-', '');
/** `08:05` in Europe/Rome. */
export const romeClock = ofMinute((at) => CLOCK.format(at));
/** The instant of the next midnight in Europe/Rome. */
export function nextRomeMidnight(at: Date): Date {
  const today = romeDay(at);
  if (midnight.after !== today) midnight = { after: today, at: midnightAfter(at) };
  return new Date(midnight.at);
}
/** The one asked for last: nearly always the one asked for next. */
let midnight = { after: '', at: 0 };

function midnightAfter(at: Date): number {
  const today = romeDay(at);
  let low = at.getTime();
  let high = low + 26 * 3600_000;
  while (high - low > 1000) {
    const middle = Math.floor((low + high) / 2);
    if (romeDay(new Date(middle)) === today) low = middle;
    else high = middle;
  }
  return Math.floor(high / 1000) * 1000;
}
