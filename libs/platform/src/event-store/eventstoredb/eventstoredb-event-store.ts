import { AppendTooLarge, chain, MAX_APPEND_BYTES, NO_STREAM, StoreUnavailable, WrongVersion, type Appended, type EventStore, type Head, type NewEvent, type Page, type Recorded, type Sealed, type Since } from '@geres/kernel';
import { randomUUID } from 'node:crypto';
import { isOfType } from './attempts.js';
import { connectionOf, type ConnectionOptions } from './connection.js';
import { Freshness } from './freshness.js';
import { committedAt, positionOf, recordedOf, revisionOf, sentOf } from './recorded-event.js';
import { Server } from './server.js';
import { followed, type Patience } from './subscription.js';

export interface EventStoreDbOptions extends ConnectionOptions {
  /** Of this process, among all those on the server: letters, digits, `.`, `_`, `-`. A stable one leaves fewer streams of freshness behind. */
  readonly instance?: string;
  /** For one read or append, repetitions included. */
  readonly deadlineMs?: number;
  /** Events in a page. */
  readonly pageSize?: number;
  readonly patience?: Partial<Patience>;
}

/** The archive on EventStoreDB 22.6 or later, a node or a cluster. The server is looked for when it is needed, not before. */
export interface EventStoreDbEventStore extends EventStore {
  close(): Promise<void>;
}

const DEADLINE_MS = 5000;
const PAGE = 250;
const PATIENCE: Patience = { silenceMs: 5000, troubleMs: 10_000 };

/** Errors: `WrongConnection`, for what cannot be a connection. */
export async function openEventStoreDb({ instance = randomUUID(), deadlineMs = DEADLINE_MS, pageSize = PAGE, patience, ...options }: EventStoreDbOptions): Promise<EventStoreDbEventStore> {
  const { connectionString, credentials } = connectionOf(options, instance);
  const { EventStoreDBClient } = await import('@eventstore/db-client');
  const server = new Server(EventStoreDBClient.connectionString(connectionString), credentials, deadlineMs);
  return new EventStoreDbAdapter(server, new Freshness(server, instance), pageSize, { ...PATIENCE, ...patience });
}

class EventStoreDbAdapter implements EventStoreDbEventStore {
  /** Heads that the store itself has told, and of which stream: their digest needs no second look. */
  private readonly told = new WeakMap<Head, string>();
  private readonly closing = new AbortController();

  constructor(
    private readonly server: Server,
    private readonly freshness: Freshness,
    private readonly pageSize: number,
    private readonly patience: Patience,
  ) {}

  async *read(stream: string, after: Head = NO_STREAM): AsyncGenerator<Page> {
    let head = after;
    for (let first = true; ; first = false) {
      const { events, more } = await this.page(stream, head);
      const last = events.at(-1);
      if (last) head = this.tell(stream, { version: last.version, digest: last.digest });
      if (last || first) yield { events, head };
      if (!more) return;
    }
  }

  async append(stream: string, head: Head, events: readonly NewEvent[]): Promise<Appended> {
    const sealed = chain(stream, head, events);
    const bytes = sealed.reduce((sum, { data, meta }) => sum + Buffer.byteLength(data) + Buffer.byteLength(meta), 0);
    if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(stream, bytes);
    const last = sealed.at(-1);
    // The server compares versions; that the chain is the same is for us to see.
    if (!last || !(await this.follows(stream, head))) return this.found(stream, head, last);
    try {
      const sent = events.map((event, index) => sentOf(event, sealed[index]!));
      const { position } = await this.server.append(stream, sent, head.version === 0 ? 'no_stream' : revisionOf(head.version));
      // An append that had been done long ago is answered without its position.
      if (!position) return await this.found(stream, head, last);
      return { head: this.tell(stream, { version: last.version, digest: last.digest }), position: positionOf(committedAt(position)) };
    } catch (error) {
      if (isOfType(error, 'wrong-expected-version')) return this.found(stream, head, last);
      // Very many very small events: what is kept beside each of them counts for the server.
      if (isOfType(error, 'maximum-append-size-exceeded')) throw new AppendTooLarge(stream, bytes);
      throw error;
    }
  }

  async *subscribe(from: Since, options: Parameters<EventStore['subscribe']>[1]): ReturnType<typeof followed> {
    const signal = AbortSignal.any([options.signal, this.closing.signal]);
    yield* followed(this.server, this.freshness, from, { ...options, signal }, this.patience);
    if (!options.signal.aborted) throw new StoreUnavailable('closed');
  }

  async close(): Promise<void> {
    this.closing.abort();
    this.freshness.stop();
    await this.server.close();
  }

  private tell(stream: string, head: Head): Head {
    this.told.set(head, stream);
    return head;
  }

  /** Events after a head, and whether there may be more. The event at the head is read with them: whoever goes on from there finds it known. */
  private async page(stream: string, head: Head): Promise<{ readonly events: readonly Recorded[]; readonly more: boolean }> {
    const seen = head.version > 0 && this.told.get(head) !== stream;
    const from = seen ? head.version : head.version + 1;
    const given = (await this.server.read(stream, revisionOf(from), this.pageSize + (seen ? 1 : 0))) ?? [];
    const recorded = given.map(recordedOf);
    if (seen && recorded[0]?.version === head.version && recorded[0].digest === head.digest) this.tell(stream, head);
    const events = recorded.filter(({ version }) => version > head.version);
    events.forEach(({ version }, index) => {
      if (version !== head.version + 1 + index) throw new StoreUnavailable(`stream ${stream}: event ${head.version + 1 + index} is not there`, { damaged: true });
    });
    return { events, more: events.length === this.pageSize };
  }

  /** Whether the event at the version of the head has its digest. What is beyond the end of the stream is for the server to refuse. */
  private async follows(stream: string, head: Head): Promise<boolean> {
    if (head.version === 0) return head.digest === NO_STREAM.digest;
    if (this.told.get(head) === stream) return true;
    const [at] = ((await this.server.read(stream, revisionOf(head.version), 1)) ?? []).map(recordedOf);
    return at?.digest === head.digest;
  }

  /** The answer to an append that the store does not take: its last event is there, and with it the whole of it, which its digest chains; or it is `WrongVersion`. Of none: where the stream ends. */
  private async found(stream: string, head: Head, last: Sealed | undefined): Promise<Appended> {
    const end = (await this.server.read(stream, 'end', 1, 'backwards'))?.map(recordedOf)[0];
    const actual: Head = end ? { version: end.version, digest: end.digest } : NO_STREAM;
    if (!last) {
      if (actual.version !== head.version || actual.digest !== head.digest) throw new WrongVersion(stream, head.version, actual.version);
      return { head, position: end?.position ?? positionOf(0n) };
    }
    const there = (await this.server.read(stream, revisionOf(last.version), 1))?.map(recordedOf)[0];
    if (there?.digest !== last.digest) throw new WrongVersion(stream, head.version, actual.version);
    return { head: this.tell(stream, { version: last.version, digest: last.digest }), position: there.position };
  }
}
