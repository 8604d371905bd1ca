import { caseTagInput, romeDay, romeMonth, subjectTagInputs, type EsitoRicerca, type RicercaRichieste, type RichiestaRegistrata, type Tag, type TagInput } from '@geres/contracts';
import { archiveKeyId, KeyDestroyed } from '@geres/platform/keys';
import { decodeTime } from 'ulid';
import { recorded } from './consultation.js';
import { cursorTo, type Cursor } from './cursor.domain.js';
import { lookupOf } from './lookup-tags.projection.js';
import { checked, positionOf, upToDate } from './list.js';
import { failMonitoring } from './lookups.problems.js';
import { page } from './paging.js';
import { monthsOf, periodOf, yearBefore, type Period } from './period.domain.js';
import type { Reader, ReadingPorts } from './ports.js';
import { sees, type Scope } from './scope.domain.js';
import { richiestaOf } from './view.js';

const LONGEST_MS = 3653 * 86_400_000;

interface MonthTag {
  readonly month: string;
  readonly tag: Tag;
}

/**
 * The lookups about one person or pratica, newest first, subjects masked. One tag per month: where the secrets of a month were destroyed nothing can be
 * searched, and the answer says so. Recorded before it is answered.
 */
export async function searchLookups(ports: ReadingPorts, scope: Scope, reader: Reader, asked: RicercaRichieste): Promise<EsitoRicerca> {
  if (scope.kind === 'reporting') throw failMonitoring('monitoraggio-non-consentito');
  const period = searchedPeriod(asked, ports.clock());
  const after = positionOf(asked.dopo);
  const aggiornatoAl = upToDate(ports.asOf);
  // A subject is given in one form, which has one tag.
  const input = 'soggetto' in asked ? subjectTagInputs(asked.soggetto)[0]! : caseTagInput(asked.pratica);
  const { readable, destroyed } = await tagsByMonth(ports, scope.comune, monthsOf(period), input);
  const { rows, next } = await walk(ports, scope, period, readable, after, asked.limite);
  await recorded(ports, reader, {
    comune: scope.comune,
    what: 'soggetto' in asked ? 'ricerca-persona' : 'ricerca-pratica',
    tags: readable.map(({ tag }) => tag),
    found: rows.length,
  });
  return {
    richieste: rows,
    ...(next ? { successivo: cursorTo(next) } : {}),
    mesiNonLeggibili: destroyed.map((month) => `${month.slice(0, 4)}-${month.slice(4)}`),
    aggiornatoAl,
  };
}

/** Up to today, from a year ago, unless told otherwise. */
function searchedPeriod({ da, a }: RicercaRichieste, now: Date): Required<Period> {
  const to = periodOf({ a: a ?? romeDay(now) }).to!;
  const period = checked({ from: periodOf({ da }).from ?? yearBefore(to), to });
  if (period.to - period.from > LONGEST_MS) throw failMonitoring('periodo-non-valido');
  return period;
}

async function tagsByMonth({ keys }: ReadingPorts, comune: string, months: readonly string[], { kind, value }: TagInput): Promise<{ readonly readable: MonthTag[]; readonly destroyed: string[] }> {
  const readable: MonthTag[] = [];
  const destroyed: string[] = [];
  for (const month of months) {
    try {
      // A month without secrets is a month without lookups.
      const box = await keys.find(archiveKeyId(comune, month));
      if (box) readable.push({ month, tag: box.tag(kind, value) });
    } catch (error) {
      if (!(error instanceof KeyDestroyed)) throw error;
      destroyed.push(month);
    }
  }
  return { readable, destroyed };
}

async function walk(
  { lookups, tags }: ReadingPorts,
  scope: Scope,
  period: Period,
  months: readonly MonthTag[],
  after: Cursor | undefined,
  limit: number,
): Promise<{ readonly rows: RichiestaRegistrata[]; readonly next?: Cursor }> {
  const rows: RichiestaRegistrata[] = [];
  let from = after;
  for (const { month, tag } of months) {
    if (after !== undefined && month > romeMonth(new Date(decodeTime(after)))) continue;
    const found = await page({
      period,
      after: from,
      limit: limit - rows.length,
      find: (range, most, token) => tags.find({ equal: { month: Number(month), tag }, range: { field: 'askedAt', ...range }, orderBy: { field: 'askedAt', direction: 'desc' }, limit: most, ...(token === undefined ? {} : { after: token }) }),
      lookupOf,
      keep: async (step) => {
        const seen = await lookups.getMany(step.map(({ lookup }) => lookup));
        return step.map(({ lookup }) => {
          const row = seen.get(lookup);
          return row && sees(scope, row) ? richiestaOf(lookup, row) : undefined;
        });
      },
    });
    rows.push(...found.rows);
    if (found.next !== undefined) return { rows, next: found.next };
    from = rows.at(-1)?.id ?? from;
  }
  return { rows };
}
