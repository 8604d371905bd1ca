import { StoreUnavailable } from '@geres/kernel';
import type { AllStreamSubscription, AppendExpectedRevision, AppendResult, Credentials, EventData, EventStoreDBClient, Filter, Position, ReadRevision } from '@eventstore/db-client';
import { attempted, isOfType } from './attempts.js';
import type { Given } from './recorded-event.js';
import { lastCommits } from './search.js';

/** A tick that takes longer tells nothing. */
const TICK_DEADLINE_MS = 1000;
/** The server goes by whatever has come since, and says nothing meanwhile. */
const SEARCH_DEADLINE_MS = 120_000;

/**
 * The calls that the adapter makes, each with a deadline and the credentials. Credentials with every call make the client take the plain append: the batched one has no deadline,
 * and one error on it disturbs every append that is waiting.
 */
export class Server {
  private closed = false;

  constructor(
    private readonly client: EventStoreDBClient,
    private readonly credentials: Credentials,
    private readonly deadlineMs: number,
  ) {}

  append(stream: string, events: readonly EventData[], expectedRevision: AppendExpectedRevision): Promise<AppendResult> {
    return this.attempted((deadline) => this.client.appendToStream(stream, [...events], { expectedRevision, deadline, requiresLeader: true, credentials: this.credentials }));
  }

  /** Once, whatever comes of it. */
  async tick(stream: string, event: EventData): Promise<void> {
    await this.client.appendToStream(stream, [event], { expectedRevision: 'any', deadline: TICK_DEADLINE_MS, requiresLeader: true, credentials: this.credentials });
  }

  async keepLast(stream: string): Promise<void> {
    await this.client.setStreamMetadata(stream, { maxCount: 1 }, { deadline: TICK_DEADLINE_MS, credentials: this.credentials });
  }

  /** At most `maxCount` events, whole or not at all; `undefined` where the stream is not there. */
  async read(stream: string, fromRevision: ReadRevision, maxCount: number, direction: 'forwards' | 'backwards' = 'forwards'): Promise<readonly Given[] | undefined> {
    try {
      return await this.attempted(() => collected(this.client.readStream(stream, { fromRevision, maxCount, direction, requiresLeader: true, credentials: this.credentials })));
    } catch (error) {
      if (isOfType(error, 'stream-not-found')) return undefined;
      throw error;
    }
  }

  /** Where the record before this position is; `undefined` where there is none. */
  async before(fromPosition: Position | 'end'): Promise<Position | undefined> {
    const [last] = await this.attempted(() => collected(this.client.readAll({ fromPosition, maxCount: 1, direction: 'backwards', credentials: this.credentials })));
    return last?.position;
  }

  /** Commit position of the first of the last so many records in streams whose name the expression finds; `undefined` where there are fewer. */
  async firstOfLast(count: number, regex: string): Promise<bigint | undefined> {
    const found = await this.attempted(() => lastCommits(this.client, this.credentials, regex, count), SEARCH_DEADLINE_MS);
    return found[count - 1];
  }

  subscribe(fromPosition: Position | 'start', filter: Filter): AllStreamSubscription {
    if (this.closed) throw new StoreUnavailable('closed');
    return this.client.subscribeToAll({ fromPosition, filter, credentials: this.credentials });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.client.dispose();
  }

  private attempted<T>(work: (leftMs: number) => Promise<T>, ms = this.deadlineMs): Promise<T> {
    return attempted(ms, (left) => {
      if (this.closed) throw new StoreUnavailable('closed');
      return work(left);
    });
  }
}

/** A read to its end. It is left where it ends, is given up, or fails: a call that nobody reads would stay open. */
async function collected(read: AsyncIterable<{ event?: Given }> & { cancel(): Promise<void>; on(event: 'error', listener: () => void): unknown }): Promise<readonly Given[]> {
  // Also after it has been left; without a listener it would end the process.
  read.on('error', () => undefined);
  try {
    const events: Given[] = [];
    for await (const { event } of read) if (event) events.push(event);
    return events;
  } finally {
    void read.cancel().catch(() => undefined);
  }
}
