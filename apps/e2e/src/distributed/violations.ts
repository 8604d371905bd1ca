import { isCaughtUp, type EventStore } from '@geres/kernel';
import { verifyArchive } from '@geres/monitoring';
import { askedOtherwise, keysBroken, quotasBroken, repeatedOrOpen, toldOtherwise } from '../crash/invariants.js';
import { readRecords, recordsOf, type LookupRecord, type Records } from '../crash/records.js';
import type { Asked } from '../crash/process.js';
import type { Installation } from './installation.js';

const lookupOf = (one: LookupRecord): string => (one.kind === 'outcome' ? one.event.data.lookup : one.data.lookup);

/** What is there of lookups that are not under way: those may be in somebody's hands, or wait to be closed. */
const atRest = ({ inOrder, requests, outcomes }: Records): Records => recordsOf(inOrder.filter((one) => !requests.has(lookupOf(one)) || outcomes.has(lookupOf(one))));

export interface Judged {
  readonly records: Records;
  readonly violations: readonly string[];
}

/**
 * I1 to I3 and I9 as they hold now, counted from the archive, from what the simulator was asked, and from what the callers heard, who are made to wait meanwhile.
 * `whole`: nothing is under way, everything has an outcome.
 */
export async function judged({ own: { store }, simulator, callers, quotas }: Pick<Installation, 'own' | 'simulator' | 'callers' | 'quotas'>, { whole = false } = {}): Promise<Judged> {
  await callers.pause();
  // What is under way may be asked between the two: a question is to be recorded before it is asked, and asked before it is answered.
  const before = await simulator.asked();
  const records = await readRecords(store);
  const after = await simulator.asked();
  const { broken } = await verifyArchive(store);
  const known = new Set([...records.requests.values()].flatMap(({ lookup, operationId }) => [lookup, operationId]));
  const asked = new Map<string, Asked>([...after].filter(([id]) => before.has(id) || known.has(id)));
  return {
    records,
    violations: [
      ...toldOtherwise(callers, records),
      ...repeatedOrOpen(whole ? records : atRest(records)),
      ...keysBroken((lookup) => records.requests.get(lookup)?.key, records),
      ...quotasBroken(records, quotas),
      ...askedOtherwise(asked, records),
      ...broken.map((one) => `the archive is broken: ${JSON.stringify(one)}`),
      ...callers.unexpected.map((one) => `a caller was told ${one}`),
    ],
  };
}

/** When requests were admitted, and which registers changed hands, in the order of the archive. */
export async function readCourse(store: Pick<EventStore, 'subscribe'>): Promise<{ readonly admittedAt: readonly Date[]; readonly takes: readonly string[] }> {
  const ending = new AbortController();
  const admittedAt: Date[] = [];
  const takes: string[] = [];
  for await (const item of store.subscribe('start', { prefixes: ['register-'], signal: ending.signal })) {
    if (isCaughtUp(item)) break;
    if (item.type === 'anpr.lookup.requested') admittedAt.push(new Date(item.meta.recordedAt));
    if (item.type === 'anpr.register.taken') takes.push(item.stream);
  }
  ending.abort();
  return { admittedAt, takes };
}
