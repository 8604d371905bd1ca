import { registerStream, type DettaglioRichiesta, type ElencoRichieste, type ElencoRichiesteFiltri } from '@geres/contracts';
import { eventsOf, inWords } from './chain.js';
import { cursorFrom, cursorTo, type Cursor } from './cursor.domain.js';
import { fits, planOf } from './lookup-filter.domain.js';
import { failMonitoring } from './lookups.problems.js';
import type { LookupRow } from './lookups.projection.js';
import { page } from './paging.js';
import { periodOf, type Period } from './period.domain.js';
import type { ReadingPorts } from './ports.js';
import { sees, type Scope } from './scope.domain.js';
import { richiestaOf } from './view.js';

/** The lookups that a caller may see, newest first, subjects masked. */
export async function listLookups({ lookups, asOf }: ReadingPorts, scope: Scope, { da, a, utente, ente, applicazione, servizio, esito, limite, dopo }: ElencoRichiesteFiltri): Promise<ElencoRichieste> {
  const period = checked(periodOf({ da, a }));
  const after = positionOf(dopo);
  const aggiornatoAl = upToDate(asOf);
  // An ADMIN that asks for another Ente finds nothing: its own is part of every question.
  if (scope.kind === 'ente' && ente !== undefined && ente !== scope.ente) return { richieste: [], aggiornatoAl };
  const { equal, rest } = planOf(scope.comune, { user: utente, application: applicazione, ente: scope.kind === 'ente' ? scope.ente : ente, outcome: esito, service: servizio });
  const { rows, next } = await page({
    period,
    after,
    limit: limite,
    find: (range, limit, token) => lookups.find({ equal, range: { field: 'askedAt', ...range }, orderBy: { field: 'askedAt', direction: 'desc' }, limit, ...(token === undefined ? {} : { after: token }) }),
    shown: (lookup, row) => (sees(scope, row) && fits(row, rest) ? richiestaOf(lookup, row) : undefined),
  });
  return { richieste: [...rows], ...(next ? { successivo: cursorTo(next) } : {}), aggiornatoAl };
}

/** One lookup with its events in words, read from its register. Errors: `richiesta-non-trovata`, also for one of somebody else's. */
export async function oneLookup(ports: ReadingPorts, scope: Scope, id: string): Promise<DettaglioRichiesta> {
  const aggiornatoAl = upToDate(ports.asOf);
  const row = await rowOf(ports, scope, id);
  return { ...richiestaOf(id, row), registro: registerStream(row.comune, row.day), eventi: (await eventsOf(ports.store, id, row)).map(inWords), aggiornatoAl };
}

export async function rowOf({ lookups }: Pick<ReadingPorts, 'lookups'>, scope: Scope, id: string): Promise<LookupRow> {
  if (scope.kind === 'reporting') throw failMonitoring('monitoraggio-non-consentito');
  const row = await lookups.get(id);
  if (!row || !sees(scope, row)) throw failMonitoring('richiesta-non-trovata');
  return row;
}

/** Taken before the rows are read: it never promises more than they hold. */
export const upToDate = (asOf: ReadingPorts['asOf']): string | null => asOf()?.toISOString() ?? null;

export function positionOf(dopo: string | undefined): Cursor | undefined {
  if (dopo === undefined) return undefined;
  const cursor = cursorFrom(dopo);
  if (!cursor) throw failMonitoring('cursore-non-valido');
  return cursor;
}

export function checked<P extends Period>(period: P): P {
  if (period.from !== undefined && period.to !== undefined && period.from >= period.to) throw failMonitoring('periodo-non-valido');
  return period;
}
