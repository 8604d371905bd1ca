/** What a caller prefers (RFC 7240): how long to wait, in seconds, and whether to wait at all. */
export interface Preference {
  readonly wait: number;
  readonly async: boolean;
  /** For `Preference-Applied`; absent where nothing was asked for that is understood. */
  readonly applied?: string;
}

export const DEFAULT_WAIT = 30;
export const LONGEST_WAIT = 60;

/** Preferences that are not understood are left out, as the RFC asks. `wait` is at most `LONGEST_WAIT`. */
export function preferenceOf(header: string | undefined): Preference {
  const parts = (header ?? '').slice(0, 500).split(',').map((part) => part.split(';')[0]!.trim().toLowerCase());
  const asked = parts.flatMap((part) => /^wait\s*=\s*"?(\d{1,6})"?$/.exec(part)?.[1] ?? [])[0];
  const async = parts.includes('respond-async');
  const wait = asked === undefined ? (async ? 0 : DEFAULT_WAIT) : Math.min(Number(asked), LONGEST_WAIT);
  const applied = [...(async ? ['respond-async'] : []), ...(asked === undefined ? [] : [`wait=${wait}`])].join(', ');
  return { wait, async, ...(applied ? { applied } : {}) };
}
