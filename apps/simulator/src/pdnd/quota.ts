import type { World } from '../world.js';
import type { CasoUso } from './catalogue.js';

export interface Quota {
  readonly over: boolean;
  readonly limit: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts one call of a client to an e-service, by days of Europe/Rome; after the last admitted one all are refused until midnight. */
export function takeQuota(world: World, clientId: string, casoUso: CasoUso): Quota {
  const { calls, knobs } = world.pdnd;
  const limit = knobs.quotaGiornaliera;
  const key = `${clientId}|${casoUso}|${world.today()}`;
  const used = calls.get(key) ?? 0;
  const over = used >= limit;
  if (!over) calls.set(key, used + 1);
  const remaining = Math.max(0, limit - used - 1);
  return { over, limit, key, headers: { 'x-ratelimit-limit': String(limit), 'x-ratelimit-remaining': String(over ? 0 : remaining), 'x-ratelimit-reset': String(Math.ceil((Date.parse(nextDay(world)) - world.now()) / 1_000)) } };
}

const HOUR = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Rome', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** The next midnight in Rome. Clocks are changed at two and three, so midnight is always there; it is one or two hours before that of UTC. */
export function nextDay({ today }: Pick<World, 'today'>): string {
  const midnight = Date.parse(`${today()}T00:00:00Z`) + 86_400_000;
  const summer = new Date(midnight - 2 * 3_600_000);
  return (HOUR.format(summer) === '00:00' ? summer : new Date(midnight - 3_600_000)).toISOString();
}
