import { archiveStream, romeMonth, type ArchiveEvent } from '@geres/contracts';
import { identified, NO_STREAM, WrongVersion, type EventMeta, type EventStore, type Head } from '@geres/kernel';
import { setTimeout as pause } from 'node:timers/promises';

const ATTEMPTS = 8;

/**
 * Records readings and exports of the archive in the stream of their month: durable when `record` resolves. It remembers where the stream ends, so that a
 * reading does not read the month again. Errors: `StoreUnavailable`, and `WrongVersion` when others keep winning the race.
 */
export class ArchiveRecorder {
  private readonly heads = new Map<string, Head>();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: EventStore) {}

  record(event: ArchiveEvent, meta: EventMeta): Promise<void> {
    const stream = archiveStream(romeMonth(new Date(meta.recordedAt)));
    const mine = this.turn.then(() => this.append(stream, event, meta));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async append(stream: string, event: ArchiveEvent, meta: EventMeta): Promise<void> {
    const events = identified([event], meta);
    for (let attempt = 1; ; attempt++) {
      const known = this.heads.get(stream);
      const { head, already } = known && attempt === 1 ? { head: known, already: false } : await this.endOf(stream, known ?? NO_STREAM, events[0]!.id);
      if (already) return;
      try {
        this.heads.set(stream, (await this.store.append(stream, head, events)).head);
        return;
      } catch (error) {
        if (error instanceof WrongVersion && attempt < ATTEMPTS) {
          // Whoever loses has to read before it tries again: without a pause of its own it would lose to a busy winner for ever.
          await pause(Math.random() * 2 ** attempt);
          continue;
        }
        this.heads.delete(stream);
        throw error;
      }
    }
  }

  private async endOf(stream: string, from: Head, id: string): Promise<{ readonly head: Head; readonly already: boolean }> {
    let head = from;
    let already = false;
    for await (const page of this.store.read(stream, from)) {
      head = page.head;
      already ||= page.events.some((event) => event.id === id);
    }
    this.heads.set(stream, head);
    return { head, already };
  }
}
