import { registerStream, romeDay, romeMonth, subjectTagInputs, caseTagInput, type LookupEvent, type Subject } from '@geres/contracts';
import { eventId, NO_STREAM, whole, type DomainEvent, type EventMeta, type EventStore, type NewEvent } from '@geres/kernel';
import { openSqliteCollections, type SqliteCollections } from '@geres/platform/collections';
import { openSqliteEventStore, type SqliteEventStore } from '@geres/platform/event-store';
import { archiveKeyId, keyEncryptionKey, KeyStore, type WrappedSecret } from '@geres/platform/keys';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';

/** An archive with engines of its own in a folder of its own, for specs. */
export interface TestArchive {
  readonly folder: string;
  readonly store: SqliteEventStore;
  readonly collections: SqliteCollections;
  readonly keys: KeyStore;
  open(name: string): Promise<SqliteEventStore>;
  close(): Promise<void>;
}

export async function openTestArchive(): Promise<TestArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-monitoring-'));
  const store = await openSqliteEventStore({ file: join(folder, 'events.db') });
  const collections = await openSqliteCollections({ file: join(folder, 'collections.db'), durability: 'normal' });
  const others: SqliteEventStore[] = [];
  return {
    folder,
    store,
    collections,
    keys: new KeyStore({ collection: collections.collection<WrappedSecret>({ name: 'secrets' }), kek: keyEncryptionKey(Buffer.alloc(32, 7)) }),
    async open(name) {
      const other = await openSqliteEventStore({ file: join(folder, `${name}.db`) });
      others.push(other);
      return other;
    },
    async close() {
      for (const one of [store, collections, ...others]) await one.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const ids = {
  comune: 'H501',
  otherComune: 'F205',
  ente: 'c_h501',
  otherEnte: 'asl_rm1',
  user: '01JDTSER00000000000000000A',
  otherUser: '01JDTSER00000000000000000B',
  top: '01JDT0P000000000000000000A',
  application: 'tributi-h501',
  session: '01JDSESS00000000000000000A',
  convention: '01JDC0NV00000000000000000A',
  otherConvention: '01JDC0NV00000000000000000B',
  profile: '01JDPR0F00000000000000000A',
  operator: '01JD0PER00000000000000000A',
} as const;

export const metaAt = (at: Date, causationId: string, actor = `user:${ids.user}`): EventMeta => ({ actor, correlationId: causationId, causationId, recordedAt: at.toISOString(), environment: 'test' });

/** Appends at the end of the stream. */
export async function record(store: EventStore, stream: string, at: Date, ...events: readonly DomainEvent[]): Promise<string> {
  const { head } = await whole(store.read(stream));
  const { position } = await store.append(stream, head, recordable(at, events));
  return position;
}

export function recordable(at: Date, events: readonly DomainEvent[]): readonly NewEvent[] {
  return events.map(({ type, v, data }) => {
    const causationId = ulid(at.getTime());
    return { id: eventId(causationId, 0), type, v, data, meta: metaAt(at, causationId) };
  });
}

export interface AskedLookup {
  readonly at: Date;
  readonly comune?: string;
  readonly ente?: string;
  readonly user?: string;
  readonly application?: string;
  readonly service?: 'generalita' | 'residenza';
  readonly convention?: string;
  readonly subject?: Subject;
  readonly dichiarati?: object;
  readonly pratica?: string;
  /** Absent: it stays open. */
  readonly outcome?: 'trovato' | 'non-trovato';
}

/** A lookup on its register, sealed and tagged as the connector does it. Resolves to its id. */
export async function asked({ store, keys }: Pick<TestArchive, 'store' | 'keys'>, lookup: AskedLookup): Promise<string> {
  const { at, comune = ids.comune, outcome } = lookup;
  const id = ulid(at.getTime());
  await record(store, registerStream(comune, romeDay(at)), at, await requested(keys, id, lookup), ...(outcome ? [answered(id, comune, outcome)] : []));
  return id;
}

export async function requested(keys: KeyStore, id: string, { at, comune = ids.comune, ente = ids.ente, user = ids.user, application = ids.application, service = 'residenza', convention = ids.convention, subject, dichiarati, pratica }: AskedLookup): Promise<LookupEvent> {
  const box = await keys.box(archiveKeyId(comune, romeMonth(at)));
  const soggetto = subject ?? { codiceFiscale: 'XXXYYY80A01H501H' };
  const inputs = [...subjectTagInputs(soggetto), ...(pratica === undefined ? [] : [caseTagInput(pratica)])];
  return {
    type: 'anpr.lookup.requested',
    v: 1,
    data: {
      ...{ lookup: id, comune, user, ente, application, session: ids.session, service, mode: 'consultazione', purpose: 'TRIB-01', convention, profile: ids.profile },
      subject: box.seal({ soggetto, ...(dichiarati === undefined ? {} : { dichiarati }), ...(pratica === undefined ? {} : { pratica }), dataRiferimento: romeDay(at) }, id),
      tags: inputs.map(({ kind, value }) => box.tag(kind, value)),
      ...{ channel: 'ws', sections: ['1', '5'], territory: 'nazionale', anprOperator: ids.operator, operationId: id, askBy: new Date(at.getTime() + 30_000).toISOString() },
    },
  };
}

export const answered = (lookup: string, comune: string, outcome: 'trovato' | 'non-trovato', tags: readonly string[] = []): LookupEvent => ({
  type: 'anpr.lookup.answered',
  v: 1,
  data: { lookup, comune, outcome, sections: ['1'], persons: 1, anprOperationId: '42', answer: 'a'.repeat(32) as never, tags: tags as never, anprMs: 120 },
});

export { NO_STREAM };
