/** How much of the quotas a Comune's day has used, counted from the events of its register. Instants are those of the questions, in milliseconds. */
export interface Usage {
  /** Lookups of a user in the civil minute of `at`. */
  userInMinute(user: string, at: number): number;
  userToday(user: string): number;
  conventionToday(convention: string): number;
  /** Calls to ANPR or PDND for the lookups of a convention. */
  callsToday(convention: string): number;
  /** Refusals of an application for one reason, recorded one by one, in the civil minute of `at`. */
  refusalsInMinute(application: string, reason: string, at: number): number;
}

/** `times` is −1 where an event that was counted did not come to pass. */
export interface Counters extends Usage {
  /** One more lookup, with its first call. */
  lookup(user: string, convention: string, at: number, times?: 1 | -1): void;
  /** A further call for a lookup of `convention`. */
  call(convention: string, times?: 1 | -1): void;
  refused(application: string, reason: string, at: number, times?: 1 | -1): void;
  dump(): CountersDump;
}

/** For snapshots: `[user, today, minute, count, minute, count, …]` and `[convention, lookups, calls]`. Refusals are left out: their minute is soon over. */
export interface CountersDump {
  readonly users: readonly (readonly [string, ...number[]])[];
  readonly conventions: readonly (readonly [string, number, number])[];
}

interface User {
  day: number;
  /** Every minute has its own count: questions of two gateways come in any order, and clocks are set. */
  readonly minutes: Map<number, number>;
}

/** Of a user's minutes, so many are kept in a snapshot: older ones nobody asks about. */
const MINUTES_KEPT = 60;

const minuteOf = (at: number): number => Math.floor(at / 60_000);

/** Counters that start at zero, or where a dump left them. */
export function counters(from: CountersDump = { users: [], conventions: [] }): Counters {
  const users = new Map<string, User>(from.users.map(([user, day = 0, ...minutes]) => [user, { day, minutes: new Map(pairsOf(minutes)) }]));
  const conventions = new Map(from.conventions.map(([convention, lookups, calls]) => [convention, { lookups, calls }]));
  const refusals = new Map<string, { minute: number; count: number }>();
  const userOf = (id: string): User => got(users, id, () => ({ day: 0, minutes: new Map() }));
  const conventionOf = (id: string): { lookups: number; calls: number } => got(conventions, id, () => ({ lookups: 0, calls: 0 }));
  return {
    lookup(user, convention, at, times = 1) {
      const { minutes } = userOf(user);
      const minute = minuteOf(at);
      minutes.set(minute, (minutes.get(minute) ?? 0) + times);
      userOf(user).day += times;
      conventionOf(convention).lookups += times;
      conventionOf(convention).calls += times;
    },
    call(convention, times = 1) {
      conventionOf(convention).calls += times;
    },
    refused(application, reason, at, times = 1) {
      const known = got(refusals, `${application}/${reason}`, () => ({ minute: 0, count: 0 }));
      const minute = minuteOf(at);
      if (minute > known.minute) Object.assign(known, { minute, count: 0 });
      if (minute === known.minute) known.count += times;
    },
    userInMinute: (user, at) => users.get(user)?.minutes.get(minuteOf(at)) ?? 0,
    userToday: (user) => users.get(user)?.day ?? 0,
    conventionToday: (convention) => conventions.get(convention)?.lookups ?? 0,
    callsToday: (convention) => conventions.get(convention)?.calls ?? 0,
    refusalsInMinute(application, reason, at) {
      const known = refusals.get(`${application}/${reason}`);
      return known?.minute === minuteOf(at) ? known.count : 0;
    },
    dump: () => ({
      users: [...users].map(([user, { day, minutes }]) => [user, day, ...[...minutes].sort(([a], [b]) => a - b).slice(-MINUTES_KEPT).flat()] as const),
      conventions: [...conventions].map(([convention, { lookups, calls }]) => [convention, lookups, calls] as const),
    }),
  };
}

function got<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}

function* pairsOf(numbers: readonly number[]): Iterable<[number, number]> {
  for (let at = 0; at + 1 < numbers.length; at += 2) yield [numbers[at]!, numbers[at + 1]!];
}
