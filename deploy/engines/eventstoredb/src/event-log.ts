import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { decide, type Decision, type Expected } from './commit-check.js';
import { bound, isMetastream, limitsOf, metastreamOf, type Limits } from './stream-limits.js';

/** A record as it is kept: what `$all` gives, in the order of `position`. */
export interface Stored {
  /** Where its record begins. Positions are offsets of bytes, as those of the real log: they grow, and are not consecutive. */
  readonly position: number;
  /** Where the record after it begins. */
  readonly next: number;
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly json: 0 | 1;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

export type Proposed = Pick<Stored, 'id' | 'type' | 'json' | 'data' | 'metadata'>;

export interface AppendRequest {
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly Proposed[];
}

export type AppendOutcome =
  | { readonly done: true; readonly revision: number; readonly position: number | undefined }
  | { readonly done: false; readonly why: Exclude<Decision['is'], 'new' | 'again'>; readonly current: number };

export interface StreamPage {
  readonly result: 'success' | 'no-stream' | 'deleted';
  readonly events: readonly Stored[];
  /** Where to go on, `undefined` at the end of the stream. */
  readonly goOn: number | undefined;
  readonly last: number;
}

/** Revision of the record that ends a stream for ever. */
export const TOMBSTONE = Number.MAX_SAFE_INTEGER;

const COLUMNS = 'position, next, stream, revision, id, type, json, data, metadata, created';
/** Bytes of a record besides what it holds. */
const OVERHEAD = 96;

interface Waiting {
  readonly request: AppendRequest;
  readonly resolve: (outcome: AppendOutcome) => void;
  readonly reject: (error: Error) => void;
}

/** The transaction log of the stand-in, in one SQLite file. Appends that come together share one commit; nothing is told before it. */
export class EventLog {
  private readonly database: DatabaseSync;
  private readonly prepared = new Map<string, StatementSync>();
  private waiting: Waiting[] = [];
  private readonly listeners = new Set<() => void>();
  private tail: number;
  /** The page that was read last: every subscription that is live asks for the same one. */
  private page: { readonly from: number; readonly limit: number; readonly tail: number; readonly records: readonly Stored[] } | undefined;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.database = new DatabaseSync(join(folder, 'eventstoredb-stand-in.db'));
    this.database.exec(`
      PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864;
      CREATE TABLE IF NOT EXISTS records (
        position INTEGER PRIMARY KEY, next INTEGER NOT NULL, stream TEXT NOT NULL, revision INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
        json INTEGER NOT NULL, data BLOB NOT NULL, metadata BLOB NOT NULL, created INTEGER NOT NULL, UNIQUE (stream, revision)
      ) STRICT;`);
    this.tail = this.one<{ tail: number | null }>('SELECT max(next) AS tail FROM records')?.tail ?? 0;
    // The real server begins its log with records of its own, too.
    if (this.tail === 0) this.transaction([{ stream: metastreamOf('$stats-stand-in'), expected: 'no-stream', events: [metadataRecord({ $maxAge: 86_400 })] }]);
  }

  /** Position after the last record. */
  get end(): number {
    return this.tail;
  }

  append(request: AppendRequest): Promise<AppendOutcome> {
    return new Promise((resolve, reject) => {
      if (this.waiting.push({ request, resolve, reject }) === 1) setImmediate(() => this.flush());
    });
  }

  /** Calls `listener` after every commit; returns the way to stop it. */
  onCommit(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  readStream(stream: string, from: number | 'start' | 'end', direction: 'forwards' | 'backwards', limit: number): StreamPage {
    const last = this.lastRevision(stream);
    const limits = this.limitsOf(stream);
    if (last === TOMBSTONE) return { result: 'deleted', events: [], goOn: undefined, last };
    if (last < 0 || limits.truncateBefore === 'deleted') return { result: 'no-stream', events: [], goOn: undefined, last };
    const { first, notBefore } = bound(limits, last, Date.now());
    const forwards = direction === 'forwards';
    const at = from === 'start' ? 0 : from === 'end' ? last : from;
    const events = forwards
      ? this.all(`SELECT ${COLUMNS} FROM records WHERE stream = ? AND revision >= ? ORDER BY revision LIMIT ?`, stream, Math.max(at, first), limit)
      : this.all(`SELECT ${COLUMNS} FROM records WHERE stream = ? AND revision <= ? AND revision >= ? ORDER BY revision DESC LIMIT ?`, stream, at, first, limit);
    const end = events.at(-1)?.revision;
    const ended = end === undefined || events.length < limit || (forwards ? end >= last : end <= first);
    return { result: 'success', events: events.filter(({ created }) => created >= notBefore), goOn: ended ? undefined : forwards ? end + 1 : end - 1, last };
  }

  /** Records of `$all`: forwards those at or after `from`, backwards those before it. Limits of streams do not count here until the next scavenge. */
  readAll(from: number, direction: 'forwards' | 'backwards', limit: number): readonly Stored[] {
    if (direction === 'backwards') return this.all(`SELECT ${COLUMNS} FROM records WHERE position < ? ORDER BY position DESC LIMIT ?`, from, limit);
    if (from >= this.tail) return [];
    const { tail, page } = this;
    if (page?.from === from && page.limit === limit && page.tail === tail) return page.records;
    const records = this.all(`SELECT ${COLUMNS} FROM records WHERE position >= ? ORDER BY position LIMIT ?`, from, limit);
    this.page = { from, limit, tail, records };
    return records;
  }

  /** Removes what the limits of the streams hide; the last record of a stream stays. Returns how many were removed. */
  scavenge(): number {
    this.page = undefined;
    const streams = this.all<{ stream: string }>('SELECT DISTINCT stream FROM records');
    return streams.reduce((sum, { stream }) => {
      const last = this.lastRevision(stream);
      const { first, notBefore } = bound(this.limitsOf(stream), last, Date.now());
      return sum + Number(this.statement('DELETE FROM records WHERE stream = ? AND revision < ? AND (revision < ? OR created < ?)').run(stream, last, first, notBefore).changes);
    }, 0);
  }

  lastRevision(stream: string): number {
    return this.one<{ last: number | null }>('SELECT max(revision) AS last FROM records WHERE stream = ?', stream)?.last ?? -1;
  }

  /** What stands in the way of reading a stream, from the last record of its metadata. */
  limitsOf(stream: string): Limits {
    if (isMetastream(stream)) return { maxCount: 1 };
    const metadata = this.one<{ data: Uint8Array }>('SELECT data FROM records WHERE stream = ? ORDER BY revision DESC LIMIT 1', metastreamOf(stream));
    return metadata ? limitsOf(metadata.data) : {};
  }

  close(): void {
    for (const { reject } of this.waiting.splice(0)) reject(new Error('the stand-in is closed'));
    this.database.close();
  }

  private flush(): void {
    const taken = this.waiting;
    this.waiting = [];
    if (taken.length === 0) return;
    try {
      const outcomes = this.transaction(taken.map(({ request }) => request));
      taken.forEach(({ resolve }, index) => resolve(outcomes[index]!));
      for (const listener of [...this.listeners]) listener();
    } catch (error) {
      for (const { reject } of taken) reject(error as Error);
    }
  }

  private transaction(requests: readonly AppendRequest[]): readonly AppendOutcome[] {
    const { tail } = this;
    this.database.exec('BEGIN IMMEDIATE');
    try {
      const outcomes = requests.map((request) => this.write(request));
      this.database.exec('COMMIT');
      return outcomes;
    } catch (error) {
      this.tail = tail;
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
      throw error;
    }
  }

  private write({ stream, expected, events }: AppendRequest): AppendOutcome {
    const current = this.lastRevision(stream);
    const softDeleted = this.limitsOf(stream).truncateBefore === 'deleted';
    const decision = decide({
      expected,
      current: current === TOMBSTONE ? 'deleted' : current,
      softDeleted,
      hasMetadata: () => this.lastRevision(metastreamOf(stream)) >= 0,
      ids: events.map(({ id }) => id),
      revisionOf: (id) => this.one<{ revision: number }>('SELECT revision FROM records WHERE stream = ? AND id = ? ORDER BY revision DESC LIMIT 1', stream, id)?.revision,
      idAt: (revision) => this.one<{ id: string }>('SELECT id FROM records WHERE stream = ? AND revision = ?', stream, revision)?.id,
    });
    if (decision.is === 'again') return { done: true, revision: decision.revision, position: this.one<{ position: number }>('SELECT position FROM records WHERE stream = ? AND revision = ?', stream, decision.revision)?.position };
    if (decision.is !== 'new') return { done: false, why: decision.is, current };
    let position: number | undefined;
    events.forEach((event, index) => (position = this.insert(stream, current + 1 + index, event)));
    // What is written to a stream that was deleted brings it back, from there on.
    if (softDeleted && events.length > 0) this.insert(metastreamOf(stream), this.lastRevision(metastreamOf(stream)) + 1, metadataRecord({ $tb: current + 1 }));
    return { done: true, revision: current + events.length, position: position ?? this.tail };
  }

  private insert(stream: string, revision: number, { id, type, json, data, metadata }: Proposed): number {
    const position = this.tail;
    this.tail += OVERHEAD + 2 * (stream.length + type.length) + data.length + metadata.length;
    this.statement(`INSERT INTO records (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`).run(position, this.tail, stream, revision, id, type, json, data, metadata, Date.now());
    return position;
  }

  /** Writes the record that ends a stream for ever. */
  tombstone(stream: string): number {
    const position = this.insert(stream, TOMBSTONE, { id: randomUUID(), type: '$streamDeleted', json: 0, data: new Uint8Array(), metadata: new Uint8Array() });
    for (const listener of [...this.listeners]) listener();
    return position;
  }

  private statement(sql: string): StatementSync {
    const known = this.prepared.get(sql) ?? this.database.prepare(sql);
    this.prepared.set(sql, known);
    return known;
  }

  private one<T>(sql: string, ...given: SQLInputValue[]): T | undefined {
    return this.statement(sql).get(...given) as T | undefined;
  }

  private all<T = Stored>(sql: string, ...given: SQLInputValue[]): readonly T[] {
    return this.statement(sql).all(...given) as T[];
  }
}

/** A record of a metastream. */
export const metadataRecord = (metadata: object): Proposed => ({ id: randomUUID(), type: '$metadata', json: 1, data: Buffer.from(JSON.stringify(metadata)), metadata: new Uint8Array() });
