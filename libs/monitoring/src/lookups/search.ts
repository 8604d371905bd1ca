import { caseTagInput, romeDay, subjectTagInputs, type EsitoRicerca, type RicercaRichieste, type RichiestaRegistrata, type Tag, type TagInput } from '@geres/contracts';
import { archiveKeyId, KeyDestroyed } from '@geres/platform/keys';
import { decodeTime } from 'ulid';
import { recorded } from './consultation.js';
import { cursorTo, type Cursor } from './cursor.domain.js';
import { dayRowId, partsOf, taggedIn, tagRowId } from './lookup-tags.projection.js';
import { checked, positionOf, upToDate } from './list.js';
import { failMonitoring } from './lookups.problems.js';
import { MOST_LOOKED_AT, STEP, type Page } from './paging.js';
import { daysByMonth, periodOf, yearBefore, type MonthOfDays, type Period } from './period.domain.js';
import type { Reader, ReadingPorts } from './ports.js';
import { sees, type Scope } from './scope.domain.js';
import { richiestaOf } from './view.js';

const LONGEST_MS = 3653 * 86_400_000;

interface MonthTag extends MonthOfDays {
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
  const { readable, destroyed } = await tagsByMonth(ports, scope.comune, daysByMonth(period), input);
  const { rows, next } = await walk(ports, scope, period, readable, after, asked.limite);
  await recorded(ports, reader, {
    comune: scope.comune,
    what: 'soggetto' in asked ? 'ricerca-persona' : 'ricerca-pratica',
    tags: readable.map(({ tag }) => tag),
    found: rows.length,
  });
  return {
    richieste: [...rows],
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

async function tagsByMonth({ keys }: ReadingPorts, comune: string, months: readonly MonthOfDays[], { kind, value }: TagInput): Promise<{ readonly readable: MonthTag[]; readonly destroyed: string[] }> {
  const readable: MonthTag[] = [];
  const destroyed: string[] = [];
  for (const { month, days } of months) {
    try {
      // A month without secrets is a month without lookups.
      const box = await keys.find(archiveKeyId(comune, month));
      if (box) readable.push({ month, days, tag: box.tag(kind, value) });
    } catch (error) {
      if (!(error instanceof KeyDestroyed)) throw error;
      destroyed.push(month);
    }
  }
  return { readable, destroyed };
}

async function walk(ports: ReadingPorts, scope: Scope, period: Period, months: readonly MonthTag[], after: Cursor | undefined, limit: number): Promise<Page<RichiestaRegistrata>> {
  const rows: RichiestaRegistrata[] = [];
  let looked = 0;
  for await (const lookups of found(ports, scope.comune, period, months, after)) {
    const seen = await ports.lookups.getMany(lookups);
    for (const lookup of lookups) {
      const row = seen.get(lookup);
      if (!row || !sees(scope, row)) continue;
      // The next page starts after a lookup that this caller has seen: a cursor tells nothing of those of others.
      if (rows.length === limit) return { rows, next: rows.at(-1)!.id };
      rows.push(richiestaOf(lookup, row));
    }
    looked += lookups.length;
    if (looked >= MOST_LOOKED_AT) return { rows, next: lookups.at(-1)! };
  }
  return { rows };
}

/** The lookups of the period that have the tag, newest first, some at a time. */
async function* found({ tags }: ReadingPorts, comune: string, { from = -Infinity, to = Infinity }: Period, months: readonly MonthTag[], after: Cursor | undefined): AsyncIterable<readonly string[]> {
  for (const { days, tag } of months) {
    const first = await tags.getMany(days.flatMap((day) => [tagRowId(day, tag), dayRowId(day, comune)]));
    const others = days.flatMap((day) => Array.from({ length: partsOf(first.get(dayRowId(day, comune))) - 1 }, (_, part) => tagRowId(day, tag, part + 1)));
    const rows = [...first.values(), ...(await tags.getMany(others)).values()];
    const lookups = [...new Set(rows.flatMap(taggedIn))]
      .filter((lookup) => (after === undefined || lookup < after) && decodeTime(lookup) >= from && decodeTime(lookup) < to)
      .sort()
      .reverse();
    for (let at = 0; at < lookups.length; at += STEP) yield lookups.slice(at, at + STEP);
  }
}
