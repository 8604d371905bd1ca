import { registerStream, romeDay, UnknownEvent } from '@geres/contracts';
import type { CollectionStore } from '@geres/kernel';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startProjections, type Running } from '../running.js';
import { answered, asked, ids, openTestArchive, record, type TestArchive } from '../testing/archive.js';
import { lookupTagsSpec, taggedIn } from './lookup-tags.projection.js';

const at = new Date('2026-11-23T09:00:00.000Z');
let archive: TestArchive;
let stopping: AbortController;
beforeEach(async () => {
  archive = await openTestArchive();
  stopping = new AbortController();
});
afterEach(async () => {
  stopping.abort();
  await archive.close();
});

/** The read models, once they hold everything that is in the archive. */
async function running({ incarnation = 'one', collections = archive.collections as CollectionStore, stopped = stopping.signal, onFailure = () => undefined as void } = {}): Promise<Running> {
  const models = startProjections({ store: archive.store, collections, installation: { incarnation }, signal: stopped, onFailure });
  const { lastPosition } = await archive.store.stats();
  await models.projections[0]!.reached(lastPosition!);
  return models;
}

const contents = async ({ lookups, tags }: Running) => ({ lookups: (await lookups.find({ limit: 1000 })).rows, tags: (await tags.find({ limit: 1000 })).rows });

/** Runs the read models and stops them again, as a process that ends. */
async function once(options: Parameters<typeof running>[0] = {}): Promise<Awaited<ReturnType<typeof contents>>> {
  const ending = new AbortController();
  const models = await running({ ...options, stopped: ending.signal });
  ending.abort();
  return contents(models);
}

describe('the read models of the registers', () => {
  it('hold lookups and tags of everything that was recorded', async () => {
    const id = await asked(archive, { at, outcome: 'trovato', pratica: '2026/1' });
    const { lookups, tags } = await once();
    expect(lookups).toMatchObject([{ id, row: { outcome: 'trovato', versions: [1, 2] } }]);
    expect(tags.map(({ row }) => taggedIn(row))).toEqual([[id], [id]]);
    expect(tags.every((tag) => tag.id.startsWith('20261123/'))).toBe(true);
  });

  it('note in which Comuni a lookup is open', async () => {
    await asked(archive, { at });
    const { unsettled, projections } = await running();
    const notes = unsettled.notes(ids.comune);
    expect(notes).toBeGreaterThan(0);
    unsettled.settle(ids.comune, notes);
    expect(unsettled.mayBeIn(ids.comune)).toBe(false);
    await asked(archive, { at });
    await projections[0]!.reached((await archive.store.stats()).lastPosition!);
    expect(unsettled.mayBeIn(ids.comune)).toBe(true);
  });

  it('go on from where they were, and do not read again what they hold', async () => {
    const first = await asked(archive, { at, outcome: 'trovato' });
    await once();
    const models = await running();
    await models.lookups.remove(first);
    stopping.abort();
    stopping = new AbortController();
    const second = await asked(archive, { at, outcome: 'trovato' });
    expect((await once()).lookups.map(({ id }) => id)).toEqual([second]);
  });

  it('are built anew, both of them, in another incarnation', async () => {
    const id = await asked(archive, { at, outcome: 'trovato' });
    const before = await once();
    const models = await running();
    await models.lookups.remove(id);
    stopping.abort();
    stopping = new AbortController();
    expect(await once({ incarnation: 'two' })).toEqual(before);
  });

  it('are built anew, both of them, where one is missing, whatever the other was built for', async () => {
    await asked(archive, { at, outcome: 'trovato', pratica: '2026/1' });
    await once();
    await archive.collections.collection(lookupTagsSpec).clear();
    const id = await asked(archive, { at: new Date(at.getTime() + 1), outcome: 'trovato', pratica: '2026/1' });
    const { lookups, tags } = await once({ incarnation: 'two' });
    expect(lookups.map((one) => one.id)).toContain(id);
    expect(tags.map(({ row }) => taggedIn(row).length)).toEqual([2, 2]);
  });

  it.each(['lookups', 'lookup-tags'])('are whole again after a process that ended between the commits of the two, %s behind', async (behind) => {
    const id = await asked(archive, { at, pratica: '2026/1' });
    await once();
    await record(archive.store, registerStream(ids.comune, romeDay(at)), at, answered(id, ids.comune, 'trovato', ['f'.repeat(32)]));
    await asked(archive, { at: new Date(at.getTime() + 1), outcome: 'trovato', pratica: '2026/1' });
    const refusing: CollectionStore = {
      ...archive.collections,
      collection: (spec) => {
        const collection = archive.collections.collection(spec);
        return spec.name.startsWith(`${behind}-v`) ? Object.assign(Object.create(collection) as typeof collection, { commit: () => Promise.reject(new Error('the process has ended')) }) : collection;
      },
    };
    const ending = new AbortController();
    await new Promise<void>((resolve) => {
      startProjections({ store: archive.store, collections: refusing, installation: { incarnation: 'one' }, signal: ending.signal, onFailure: () => resolve() });
    });
    ending.abort();
    const recovered = await once();
    expect(recovered.lookups.map(({ row: { outcome, versions } }) => [outcome, versions])).toEqual([
      ['trovato', [1, 2]],
      ['trovato', [3, 4]],
    ]);
    await once({ incarnation: 'rebuilt' }).then((rebuilt) => expect(recovered).toEqual(rebuilt));
  });

  it('are up to date as far as both are', async () => {
    await asked(archive, { at });
    const models = await running();
    await models.projections[0]!.caughtUp();
    expect(models.asOf()).toBeInstanceOf(Date);
  });

  it('stop, and say so, at an event that this release does not know', async () => {
    await asked(archive, { at });
    await record(archive.store, registerStream(ids.comune, romeDay(at)), at, { type: 'anpr.lookup.forgotten', v: 1, data: {} });
    const failure = await new Promise<Error>((resolve) => {
      startProjections({ store: archive.store, collections: archive.collections, installation: { incarnation: 'one' }, signal: stopping.signal, onFailure: (_, error) => resolve(error) });
    });
    expect(failure.cause).toBeInstanceOf(UnknownEvent);
  });
});
