import { romeDay, type AskLookup, type LookupOutcome } from '@geres/contracts';
import { isDeepStrictEqual } from 'node:util';
import type { Asked } from './process.js';
import { askedAt, type LookupRecord, type Records } from './records.js';
import type { Quotas } from './world.js';

/** Of a lookup, as its command said it. */
export const keyIn =
  ({ sent }: Pick<Witness, 'sent'>) =>
  (lookup: string): string | undefined =>
    sent.get(lookup)?.data.idempotencyKey;

/** What the outside saw while processes were dying. */
export interface Witness {
  /** Commands by id, which is that of the lookup. */
  readonly sent: ReadonlyMap<string, { readonly data: Pick<AskLookup['data'], 'idempotencyKey'> }>;
  /** Those that counted as taken. */
  readonly taken: ReadonlySet<string>;
  readonly heard: readonly { readonly to: string; readonly outcome: LookupOutcome }[];
}

/** Codes that tell nothing about the lookup that was asked for: nothing is recorded for them. */
const NOT_RECORDED = ['chiave-riutilizzata', 'risposta-scaduta'];
/** A key whose lookup ended so may begin another. */
const ANSWERED_BY_ANPR = ['anpr-ha-rifiutato', 'risposta-non-coerente'];

/** Every record once, every lookup with its outcome, none with two. */
export function repeatedOrOpen({ inOrder, requests, outcomes }: Records): readonly string[] {
  const seen = new Set<string>();
  const again = inOrder.flatMap((one) => {
    const id = one.kind === 'outcome' ? `outcome of ${one.event.data.lookup}` : one.kind === 'asked' ? `call ${one.data.call} of ${one.data.lookup}` : `record of ${one.data.lookup}`;
    if (one.kind === 'asked' && (!seen.has(`record of ${one.data.lookup}`) || seen.has(`outcome of ${one.data.lookup}`))) return [`${id}, which was not under way`];
    return seen.size === seen.add(id).size ? [`second ${id}`] : [];
  });
  const unasked = [...outcomes.keys()].filter((lookup) => !requests.has(lookup)).map((lookup) => `outcome of ${lookup}, which was not requested`);
  const open = [...requests.keys()].filter((lookup) => !outcomes.has(lookup)).map((lookup) => `${lookup} has no outcome`);
  return [...again, ...unasked, ...open];
}

/** Nothing was told that is not recorded, nothing else than what is recorded, and never two answers to one lookup. */
export function toldOtherwise({ heard, sent }: Pick<Witness, 'heard' | 'sent'>, records: Records): readonly string[] {
  const answers = new Map<string, object>();
  return heard.flatMap(({ to, outcome }) => {
    const { kind, lookup } = outcome;
    const key = sent.get(to)?.data.idempotencyKey;
    if (to !== lookup && (key === undefined || sent.get(lookup)?.data.idempotencyKey !== key)) return [`${to} was told of ${lookup}`];
    if (kind !== 'problem' && !records.requests.has(lookup)) return [`${lookup} was told as ${kind} and is not recorded`];
    if (kind === 'problem') return problemIsRecorded(outcome.problem.code, lookup, records) ? [] : [`${lookup} was told as ${outcome.problem.code}: that is not what is recorded`];
    if (kind !== 'answered') return [];
    const { risposta } = outcome;
    const before = answers.get(lookup) ?? risposta;
    answers.set(lookup, before);
    const recorded = records.outcomes.get(lookup);
    if (recorded?.type !== 'anpr.lookup.answered' || recorded.data.outcome !== risposta['esito']) return [`${lookup} was answered and that is not recorded`];
    return isDeepStrictEqual(before, risposta) ? [] : [`${lookup} was answered in two ways`];
  });
}

function problemIsRecorded(code: string, lookup: string, { refusals, outcomes }: Records): boolean {
  if (NOT_RECORDED.includes(code)) return true;
  const outcome = outcomes.get(lookup);
  if (outcome?.type === 'anpr.lookup.failed') return outcome.data.problem === code;
  if (outcome?.type === 'anpr.lookup.interrupted') return code === 'richiesta-interrotta';
  return refusals.get(lookup)?.reason === code;
}

/** A command that was taken is recorded, or was a repeat of one that is. */
export function lost({ sent, taken, heard }: Witness, { requests, refusals }: Records): readonly string[] {
  const bound = new Set([...requests.keys()].flatMap((lookup) => sent.get(lookup)?.data.idempotencyKey ?? []));
  const reused = new Set(heard.flatMap(({ to, outcome }) => (outcome.kind === 'problem' && outcome.problem.code === 'chiave-riutilizzata' ? [to] : [])));
  return [...taken].filter((command) => {
    const key = sent.get(command)?.data.idempotencyKey;
    return !requests.has(command) && !refusals.has(command) && !reused.has(command) && (key === undefined || !bound.has(key));
  });
}

/** One key is one lookup, and another only after one that came to nothing, which it names. */
export function keysBroken(keyOf: (lookup: string) => string | undefined, { inOrder }: Pick<Records, 'inOrder'>): readonly string[] {
  const last = new Map<string, { readonly lookup: string; mayGoOn: boolean }>();
  return inOrder.flatMap((one) => {
    const key = keyOf(lookupOf(one));
    if (key === undefined || one.kind === 'refused' || one.kind === 'asked') return [];
    const before = last.get(key);
    if (one.kind === 'outcome') {
      if (before?.lookup === one.event.data.lookup) before.mayGoOn = one.event.type === 'anpr.lookup.interrupted' || (one.event.type === 'anpr.lookup.failed' && !ANSWERED_BY_ANPR.includes(one.event.data.problem));
      return [];
    }
    last.set(key, { lookup: one.data.lookup, mayGoOn: false });
    if (before && !before.mayGoOn) return [`${one.data.lookup} began again what ${before.lookup} had under way or done`];
    return before?.lookup === one.data.retryOf ? [] : [`${one.data.lookup} does not name ${before?.lookup ?? 'nothing'} as the attempt before it`];
  });
}

const lookupOf = (one: LookupRecord): string => (one.kind === 'outcome' ? one.event.data.lookup : one.data.lookup);

/** Every lookup and every further call fits in the quotas that those before it have left, and none is refused for a quota that still had room. */
export function quotasBroken({ inOrder, requests }: Records, quotas: ReadonlyMap<string, Quotas>): readonly string[] {
  const used = new Map<string, number>();
  const count = (key: string): number => used.get(key) ?? 0;
  const spend = (key: string): void => void used.set(key, count(key) + 1);
  const callsOf = (lookup: string): readonly [string, number] | undefined => {
    const convention = requests.get(lookup)?.convention;
    return convention === undefined ? undefined : [`calls of ${convention}/${romeDay(askedAt(lookup))}`, quotas.get(convention)!.callsPerDay];
  };
  return inOrder.flatMap((one) => {
    if (one.kind === 'outcome') {
      const calls = one.event.type === 'anpr.lookup.failed' && one.event.data.problem === 'quota-superata' ? callsOf(one.event.data.lookup) : undefined;
      return calls && count(calls[0]) < calls[1] ? [`${one.event.data.lookup} made no further call, for a quota that had room`] : [];
    }
    if (one.kind === 'asked') {
      const calls = callsOf(one.data.lookup);
      if (!calls) return [];
      const full = count(calls[0]) >= calls[1];
      spend(calls[0]);
      return full ? [`call ${one.data.call} of ${one.data.lookup} is beyond a quota`] : [];
    }
    const { lookup, comune, user, convention } = one.data;
    if (user === undefined || convention === undefined) return [];
    const at = askedAt(lookup);
    const limits = limitsOf(quotas.get(convention)!, { user, convention, comune, at });
    const full = limits.some(([key, limit]) => count(key) >= limit);
    if (one.kind === 'refused') return one.data.reason === 'quota-superata' && !full ? [`${lookup} was refused for a quota that had room`] : [];
    for (const [key] of limits) spend(key);
    return full ? [`${lookup} is beyond a quota`] : [];
  });
}

function limitsOf({ userPerMinute, userPerDay, conventionPerDay, callsPerDay }: Quotas, { user, convention, comune, at }: { readonly user: string; readonly convention: string; readonly comune: string; readonly at: Date }): readonly (readonly [string, number])[] {
  const day = romeDay(at);
  return [
    [`${user}/${comune}/${Math.floor(at.getTime() / 60_000)}`, userPerMinute],
    [`${user}/${comune}/${day}`, userPerDay],
    [`${convention}/${day}`, conventionPerDay],
    [`calls of ${convention}/${day}`, callsPerDay],
  ];
}

/** ANPR was asked only what is recorded, each operation once and with one question; what was answered was asked, in every one of its calls. No two operations have one id. */
export function askedOtherwise(asked: ReadonlyMap<string, Asked>, { requests, further, outcomes }: Pick<Records, 'requests' | 'further' | 'outcomes'>): readonly string[] {
  const operationsOf = (lookup: string): readonly string[] => [requests.get(lookup)?.operationId ?? lookup, ...(further.get(lookup) ?? []).map(({ operationId }) => operationId)];
  const all = [...requests.keys()].flatMap(operationsOf);
  const operations = new Set(all);
  const wrong = [...asked.values()].flatMap(({ idOperazioneComune: id, volte, domandeDiverse }) => {
    if (!operations.has(id)) return [`ANPR was asked ${id}, which is not recorded`];
    return volte === 1 && !domandeDiverse ? [] : [`ANPR was asked ${id} ${volte} times${domandeDiverse ? ', with different questions' : ''}`];
  });
  const never = [...outcomes.values()].filter(({ type, data: { lookup } }) => type === 'anpr.lookup.answered' && !operationsOf(lookup).every((id) => asked.has(id))).map(({ data: { lookup } }) => `${lookup} was answered and never asked`);
  return [...wrong, ...never, ...(all.length === operations.size ? [] : [`${all.length - operations.size} operation ids are given twice`])];
}
