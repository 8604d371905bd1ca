import { archiveStream, type ArchiveEvent } from '@geres/contracts';
import { brokenAt, NO_STREAM, StoreUnavailable, whole, WrongVersion, type EventStore } from '@geres/kernel';
import { ulid } from 'ulid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ids, metaAt, openTestArchive, type TestArchive } from '../testing/archive.js';
import { ArchiveRecorder } from './recorder.js';

let archive: TestArchive;
beforeEach(async () => void (archive = await openTestArchive()));
afterEach(() => archive.close());

const at = new Date('2026-11-23T09:00:00.000Z');
const month = archiveStream('202611');
const event = (found: number): ArchiveEvent => ({ type: 'monitoring.archive.consulted', v: 1, data: { comune: ids.comune, what: 'ricerca-pratica', tags: [], found } });
const meta = (when = at) => metaAt(when, ulid());
const found = async (stream = month): Promise<readonly number[]> => (await whole(archive.store.read(stream))).events.map(({ data }) => (data as { readonly found: number }).found);

/** A store that counts what it is asked, and whose appends a test may disturb. */
function watched(disturb: (append: EventStore['append'], ...args: Parameters<EventStore['append']>) => ReturnType<EventStore['append']> = (append, ...args) => append(...args)) {
  const asked = { reads: 0, appends: 0 };
  const { store } = archive;
  const watching: EventStore = {
    read: (...args) => ((asked.reads += 1), store.read(...args)),
    append: (...args) => ((asked.appends += 1), disturb(store.append.bind(store), ...args)),
    subscribe: (...args) => store.subscribe(...args),
  };
  return { store: watching, asked };
}

describe('the record of readings', () => {
  it('goes to the stream of its month in Italy, once it is durable', async () => {
    const recorder = new ArchiveRecorder(archive.store);
    await recorder.record(event(1), meta(new Date('2026-11-30T22:59:59.999Z')));
    await recorder.record(event(2), meta(new Date('2026-11-30T23:00:00.000Z')));
    expect([await found(), await found(archiveStream('202612'))]).toEqual([[1], [2]]);
  });

  it('is whole and in order however many come at once, from however many processes', async () => {
    const recorders = [new ArchiveRecorder(archive.store), new ArchiveRecorder(archive.store), new ArchiveRecorder(archive.store)];
    await Promise.all(Array.from({ length: 30 }, (_, index) => recorders[index % 2]!.record(event(index), meta())));
    await recorders[2]!.record(event(30), meta());
    const { events } = await whole(archive.store.read(month));
    expect(events.map(({ data }) => (data as { readonly found: number }).found).sort((a, b) => a - b)).toEqual(Array.from({ length: 31 }, (_, index) => index));
    expect(brokenAt(events, NO_STREAM)).toBeUndefined();
  });

  it('does not read the month again for each reading', async () => {
    const { store, asked } = watched();
    const recorder = new ArchiveRecorder(store);
    for (let index = 0; index < 5; index++) await recorder.record(event(index), meta());
    expect(asked).toEqual({ reads: 1, appends: 5 });
  });

  it('is made once when the reply was lost after the write, and another one came between', async () => {
    const other = new ArchiveRecorder(archive.store);
    let lost = false;
    const { store } = watched(async (append, ...args) => {
      const appended = await append(...args);
      if (lost) return appended;
      lost = true;
      await other.record(event(2), meta());
      throw new WrongVersion(args[0], args[1].version, 2);
    });
    await new ArchiveRecorder(store).record(event(1), meta());
    expect(await found()).toEqual([1, 2]);
  });

  it('fails where the store does not answer, and goes on once it does', async () => {
    let away = true;
    const { store } = watched((append, ...args) => (away ? Promise.reject(new StoreUnavailable('disk full')) : append(...args)));
    const recorder = new ArchiveRecorder(store);
    await expect(recorder.record(event(1), meta())).rejects.toThrow(StoreUnavailable);
    away = false;
    await recorder.record(event(2), meta());
    expect(await found()).toEqual([2]);
  });

  it('gives up after losing race after race, and nothing is recorded', async () => {
    const { store, asked } = watched((_, stream, head) => Promise.reject(new WrongVersion(stream, head.version, head.version + 1)));
    await expect(new ArchiveRecorder(store).record(event(1), meta())).rejects.toThrow(WrongVersion);
    expect(asked.appends).toBe(8);
    expect(await found()).toEqual([]);
  });
});
