import { registerStream, romeMonth, type LookupEvent } from '@geres/contracts';
import { eventId, type EventStore } from '@geres/kernel';
import { archiveKeyId, KeyDestroyed, type KeyStore } from '@geres/platform/keys';
import { record, type ArchiveKeeper } from './acts.js';

/** What one secret of the archive is of. */
export interface MonthOfComune {
  readonly comune: string;
  /** `201611`, in Europe/Rome. */
  readonly month: string;
}

export interface MonthHeld extends MonthOfComune {
  readonly secret: 'present' | 'destroyed' | 'absent';
  /** Lookups recorded with a person, and perhaps a pratica, that the secret alone lets read. */
  readonly lookups: number;
}

/** A month whose secret may not be destroyed, or is not there. The message, Italian, is for whoever asked. */
export class UnshreddableMonth extends Error {
  override readonly name = 'UnshreddableMonth';
}

/** What the secret of a month lets read. Nothing changes. Errors: `WrongKeyEncryptionKey`, `StoreUnavailable`. */
export async function monthHeld(store: Pick<EventStore, 'read'>, secrets: Pick<KeyStore, 'find'>, of: MonthOfComune): Promise<MonthHeld> {
  const { comune, month } = of;
  let lookups = 0;
  for (const day of daysOf(month)) for await (const { events } of store.read(registerStream(comune, day))) lookups += events.filter(({ type }) => ABOUT_SOMEBODY.has(type)).length;
  const secret = await stateOf(secrets, archiveKeyId(comune, month));
  return { comune, month, secret, lookups };
}

/**
 * Destroys the secret of a month, for ever, and says so in the archive: first there, so that a restore destroys it again whenever this was cut; repeated, it goes on. Resolves to
 * what was there before. Errors: `UnshreddableMonth`, `WrongKeyEncryptionKey`, `StoreUnavailable`.
 */
export async function shredAndRecord(keeper: ArchiveKeeper, secrets: Pick<KeyStore, 'find' | 'destroy'>, of: MonthOfComune, reason: string): Promise<MonthHeld> {
  const { comune, month } = of;
  if (!isPast(month, keeper.clock())) throw new UnshreddableMonth('si distruggono i segreti dei mesi finiti da almeno un mese intero: gli altri servono ancora alle richieste');
  const held = await monthHeld(keeper.store, secrets, of);
  if (held.secret === 'absent') throw new UnshreddableMonth('quel Comune non ha segreti di quel mese');
  if (held.secret === 'destroyed') return held;
  await record(keeper, { type: 'monitoring.archive.shredded', v: 1, data: { comune, month, reason } }, eventId(`shred/${comune}/${month}`, 0));
  await secrets.destroy(archiveKeyId(comune, month));
  return held;
}

async function stateOf(secrets: Pick<KeyStore, 'find'>, id: string): Promise<MonthHeld['secret']> {
  try {
    return (await secrets.find(id)) ? 'present' : 'absent';
  } catch (error) {
    if (error instanceof KeyDestroyed) return 'destroyed';
    throw error;
  }
}

const ABOUT_SOMEBODY: ReadonlySet<string> = new Set<LookupEvent['type']>(['anpr.lookup.requested', 'anpr.lookup.refused']);

/** Whether another month has ended since: lookups of yesterday, and their repetitions, need the secrets of this month and the one before. */
function isPast(month: string, now: Date): boolean {
  const [year, of] = [Number(month.slice(0, 4)), Number(month.slice(4))];
  return romeMonth(new Date(Date.UTC(year, of + 1, 1))) <= romeMonth(now);
}

function daysOf(month: string): readonly string[] {
  const [year, of] = [month.slice(0, 4), month.slice(4)];
  const last = new Date(Date.UTC(Number(year), Number(of), 0)).getUTCDate();
  return Array.from({ length: last }, (_, index) => `${year}-${of}-${String(index + 1).padStart(2, '0')}`);
}
