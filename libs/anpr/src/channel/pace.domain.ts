/** How questions in one name leave one after the other: that of an ANPR operator, or of a client of PDND. Instants are milliseconds of a clock that never goes back. */
export interface Pace {
  /** Before it nothing leaves in that name. */
  readonly nextAt: number;
  /** Times in a row that ANPR or PDND has asked for less. */
  readonly throttles: number;
}

export const freePace: Pace = { nextAt: -Infinity, throttles: 0 };

/** Between two questions, where so many may leave a minute: evenly, also after a pause. */
export const everyMs = (perMinute: number | undefined): number => (perMinute === undefined ? 0 : 60_000 / perMinute);

export const departed = (pace: Pace, now: number, every: number): Pace => ({ ...pace, nextAt: Math.max(pace.nextAt, now + every) });

const FIRST_MS = 2000;
const LONGEST_MS = 300_000;

/** Told to ask less: for as long as was said, or twice as long as the time before. */
export const throttled = ({ nextAt, throttles }: Pace, now: number, forMs: number = FIRST_MS * 2 ** throttles): Pace => ({ nextAt: Math.max(nextAt, now + Math.min(forMs, LONGEST_MS)), throttles: throttles + 1 });

/** Served again. */
export const served = (pace: Pace): Pace => (pace.throttles === 0 ? pace : { ...pace, throttles: 0 });
