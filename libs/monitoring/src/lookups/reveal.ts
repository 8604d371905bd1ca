import { romeDay, romeMonth, SealedSubject, type SoggettoSvelato } from '@geres/contracts';
import { archiveKeyId, KeyDestroyed, type Box } from '@geres/platform/keys';
import { decodeTime } from 'ulid';
import { eventsOf } from './chain.js';
import { recorded } from './consultation.js';
import { adminSees } from './conventions.js';
import { rowOf } from './list.js';
import { failMonitoring } from './lookups.problems.js';
import type { LookupRow } from './lookups.projection.js';
import type { Reader, ReadingPorts } from './ports.js';
import type { Scope } from './scope.domain.js';

/** The person of one lookup, in clear, for a reason that stays in the archive: recorded before it is answered. */
export async function revealSubject(ports: ReadingPorts, scope: Scope, reader: Reader, id: string, reason: string): Promise<SoggettoSvelato> {
  const row = await rowOf(ports, scope, id);
  if (scope.kind === 'ente') checkConvention(ports, scope, row);
  const [first] = await eventsOf(ports.store, id, row);
  if (first?.type !== 'anpr.lookup.requested' && first?.type !== 'anpr.lookup.refused') throw failMonitoring('soggetto-non-leggibile');
  const { subject, tags } = first.data;
  const box = await boxOf(ports, row.comune, id);
  const { soggetto, dichiarati, pratica, dataRiferimento } = SealedSubject.parse(box.open(subject, id));
  await recorded(ports, reader, { comune: row.comune, what: 'soggetto', lookup: id, tags, reason, found: 1 });
  return { id, soggetto, ...(dichiarati === undefined ? {} : { dichiarati }), ...(pratica === undefined ? {} : { pratica }), dataRiferimento };
}

function checkConvention({ conventions, clock }: ReadingPorts, { comune, ente }: Extract<Scope, { kind: 'ente' }>, { convention }: LookupRow): void {
  if (!conventions.fresh()) throw failMonitoring('convenzioni-non-verificabili');
  if (!adminSees(conventions.state, { comune, ente, convention, today: romeDay(clock()) })) throw failMonitoring('soggetto-non-consultabile');
}

async function boxOf({ keys }: ReadingPorts, comune: string, id: string): Promise<Box> {
  const box = await keys.find(archiveKeyId(comune, romeMonth(new Date(decodeTime(id))))).catch((error: unknown) => {
    if (error instanceof KeyDestroyed) return undefined;
    throw error;
  });
  if (!box) throw failMonitoring('soggetto-non-leggibile');
  return box;
}
