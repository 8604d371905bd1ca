import { archiveStream } from '@geres/contracts';
import { whole, type DomainEvent } from '@geres/kernel';
import { archiveKeyId, KeyDestroyed } from '@geres/platform/keys';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asked, ids, openTestArchive, type TestArchive } from '../testing/archive.js';
import type { ArchiveKeeper } from './acts.js';
import { monthHeld, shredAndRecord } from './shred.js';
import { verifyArchive } from './verify.js';

const OF = { comune: ids.comune, month: '202609' };
const REASON = 'termini di conservazione, determina 12/2026';

let archive: TestArchive;
beforeEach(async () => {
  archive = await openTestArchive();
  for (const [at, comune] of [['2026-08-31T21:59:00Z'], ['2026-08-31T22:00:00Z'], ['2026-09-14T09:00:00Z'], ['2026-09-30T21:59:00Z', ids.otherComune], ['2026-09-30T21:59:00Z'], ['2026-09-30T22:00:00Z']] as const) {
    await asked(archive, { at: new Date(at), outcome: 'trovato', ...(comune === undefined ? {} : { comune }) });
  }
});
afterEach(() => archive.close());

const keeper = (now = '2026-11-25T09:00:00Z'): ArchiveKeeper => ({ store: archive.store, installation: { environment: 'test' }, clock: () => new Date(now), actor: 'system:spec' });
const recorded = async (): Promise<readonly DomainEvent[]> => (await whole(archive.store.read(archiveStream('202611')))).events;
const box = (comune: string, month: string): Promise<unknown> => archive.keys.find(archiveKeyId(comune, month));

describe('the secret of a Comune and month', () => {
  it('lets read the lookups of that month in Rome, and of that Comune: to look at them changes nothing', async () => {
    expect(await monthHeld(archive.store, archive.keys, OF)).toEqual({ ...OF, secret: 'present', lookups: 3 });
    expect(await box(OF.comune, OF.month)).toBeDefined();
    expect(await recorded()).toEqual([]);
    expect(await monthHeld(archive.store, archive.keys, { ...OF, month: '202402' })).toEqual({ ...OF, month: '202402', secret: 'absent', lookups: 0 });
  });

  it('is destroyed with the reason in the archive, whose chains hold as before; no other month and no other Comune is concerned', async () => {
    expect(await shredAndRecord(keeper(), archive.keys, OF, REASON)).toEqual({ ...OF, secret: 'present', lookups: 3 });
    await expect(box(OF.comune, OF.month)).rejects.toBeInstanceOf(KeyDestroyed);
    for (const [comune, month] of [[ids.comune, '202608'], [ids.comune, '202610'], [ids.otherComune, '202609']] as const) expect(await box(comune, month)).toBeDefined();
    expect(await recorded()).toMatchObject([{ type: 'monitoring.archive.shredded', data: { ...OF, reason: REASON }, meta: { actor: 'system:spec' } }]);
    expect((await verifyArchive(archive.store)).broken).toEqual([]);
    expect(await monthHeld(archive.store, archive.keys, OF)).toEqual({ ...OF, secret: 'destroyed', lookups: 3 });
  });

  it('is destroyed and recorded once, however often it is asked', async () => {
    for (const secret of ['present', 'destroyed', 'destroyed']) expect(await shredAndRecord(keeper(), archive.keys, OF, REASON)).toMatchObject({ secret });
    expect(await recorded()).toHaveLength(1);
  });

  it('that was recorded as destroyed when the process was killed is destroyed when it is asked again', async () => {
    const dying = { find: archive.keys.find.bind(archive.keys), destroy: () => Promise.reject(new Error('killed')) };
    await expect(shredAndRecord(keeper(), dying, OF, REASON)).rejects.toThrow('killed');
    // A restore would destroy it: it is in the archive already.
    expect(await recorded()).toHaveLength(1);
    expect(await box(OF.comune, OF.month)).toBeDefined();
    expect(await shredAndRecord(keeper(), archive.keys, OF, REASON)).toMatchObject({ secret: 'present' });
    await expect(box(OF.comune, OF.month)).rejects.toBeInstanceOf(KeyDestroyed);
    expect(await recorded()).toHaveLength(1);
  });

  it.each([
    ['of this month', '202611', '2026-11-25T09:00:00Z'],
    ['of the month before', '202610', '2026-11-30T22:59:00Z'],
    ['of a month to come', '202612', '2026-11-25T09:00:00Z'],
    ['of December, in January', '202512', '2026-01-31T22:59:00Z'],
  ])('%s is not destroyed: lookups need it still', async (_, month, now) => {
    await archive.keys.box(archiveKeyId(OF.comune, month));
    await expect(shredAndRecord(keeper(now), archive.keys, { ...OF, month }, REASON)).rejects.toMatchObject({ name: 'UnshreddableMonth' });
    expect(await box(OF.comune, month)).toBeDefined();
    expect(await recorded()).toEqual([]);
  });

  it.each([
    ['202610', '2026-11-30T23:00:00Z'],
    ['202512', '2026-01-31T23:00:00Z'],
  ])('of %s may be destroyed from the first instant in Rome of the second month after: %s', async (month, now) => {
    await archive.keys.box(archiveKeyId(OF.comune, month));
    expect(await shredAndRecord(keeper(now), archive.keys, { ...OF, month }, REASON)).toMatchObject({ secret: 'present' });
  });

  it('that was never made is not destroyed, nor said to be', async () => {
    await expect(shredAndRecord(keeper(), archive.keys, { ...OF, month: '201611' }, REASON)).rejects.toMatchObject({ name: 'UnshreddableMonth' });
    expect(await recorded()).toEqual([]);
  });
});
