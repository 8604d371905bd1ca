/** How much of the quotas a Comune's day has used, counted from the events of its register. */
export interface Usage {
  /** Lookups of a user in the civil minute of `now`. */
  userInMinute(user: string, now: Date): number;
  userToday(user: string): number;
  conventionToday(convention: string): number;
  /** Calls to ANPR or PDND for the lookups of a convention. */
  callsToday(convention: string): number;
}

export interface Counters extends Usage {
  /** One more lookup, with its first call. `at` in milliseconds. */
  lookup(user: string, convention: string, at: number): void;
  /** A further call for a lookup of `convention`. */
  call(convention: string): void;
}

const minuteOf = (at: number): number => Math.floor(at / 60_000);

/** Counters that start at zero. */
export function counters(): Counters {
  const users = new Map<string, { day: number; minute: number; inMinute: number }>();
  const conventions = new Map<string, { lookups: number; calls: number }>();
  const of = (convention: string): { lookups: number; calls: number } => {
    const known = conventions.get(convention) ?? { lookups: 0, calls: 0 };
    conventions.set(convention, known);
    return known;
  };
  return {
    lookup(user, convention, at) {
      const known = users.get(user) ?? { day: 0, minute: 0, inMinute: 0 };
      const minute = minuteOf(at);
      known.inMinute = known.minute === minute ? known.inMinute + 1 : minute > known.minute ? 1 : known.inMinute;
      known.minute = Math.max(minute, known.minute);
      known.day += 1;
      users.set(user, known);
      const used = of(convention);
      used.lookups += 1;
      used.calls += 1;
    },
    call(convention) {
      of(convention).calls += 1;
    },
    userInMinute(user, now) {
      const known = users.get(user);
      return known?.minute === minuteOf(now.getTime()) ? known.inMinute : 0;
    },
    userToday: (user) => users.get(user)?.day ?? 0,
    conventionToday: (convention) => conventions.get(convention)?.lookups ?? 0,
    callsToday: (convention) => conventions.get(convention)?.calls ?? 0,
  };
}
