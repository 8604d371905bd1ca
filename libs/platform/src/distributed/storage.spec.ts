import { archiveStream } from '@geres/contracts';
import { NO_STREAM } from '@geres/kernel';
import { memoryCollections, memoryEventStore } from '@geres/kernel/testing';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { StorageConfig } from '../config/index.js';
import { archiveKeyId, KeyDestroyed } from '../keys/index.js';
import { installationOn, openSecrets, renewalOf } from './storage.js';

const config: StorageConfig = { environment: 'test', eventStoreUrl: 'esdb://x', mongodbUrl: 'mongodb://x' };
const clock = (): Date => new Date('2026-11-25T09:00:00Z');
const from = { backupAt: '2026-11-24T02:00:00.000Z', events: 1 };
const [SHREDDED, KEPT] = [archiveKeyId('H501', '202510'), archiveKeyId('H501', '202611')];

/** Archive and secrets as backups of different days have put them back: the archive says that a month was shredded, and its secret is there. */
async function putBack() {
  const store = memoryEventStore();
  const storage = { store, durable: memoryCollections(), close: () => Promise.resolve() };
  const secrets = await openSecrets(storage.durable, { archive: randomBytes(32).toString('base64') });
  for (const id of [SHREDDED, KEPT]) await secrets.archive.box(id);
  const meta = { actor: 'user:x', correlationId: 'a', causationId: 'a', recordedAt: clock().toISOString(), environment: 'test' } as const;
  await store.append(archiveStream('202611'), NO_STREAM, [{ id: 'a', type: 'monitoring.archive.shredded', v: 1, data: { comune: 'H501', month: '202510', reason: 'termini di conservazione' }, meta }]);
  const renewal = () => renewalOf(storage, config, secrets, { clock, actor: 'system:restore' });
  return { storage, store, secrets: secrets.archive, renewal };
}

describe('what backups of the engines have put back', () => {
  it('loses again the secrets that were destroyed, and keeps the others', async () => {
    const { secrets, renewal } = await putBack();
    await (await renewal()).end(from);
    await expect(secrets.find(SHREDDED)).rejects.toBeInstanceOf(KeyDestroyed);
    expect(await secrets.find(KEPT)).toBeDefined();
  });

  it('is a new incarnation, which the archive tells', async () => {
    const { storage, store, renewal } = await putBack();
    await (await renewal()).end(from);
    const { incarnation } = await installationOn(storage, config);
    expect(store.events.at(-1)).toMatchObject({ type: 'monitoring.archive.restored', data: { incarnation, ...from } });
    await (await renewal()).end(from);
    expect((await installationOn(storage, config)).incarnation).not.toBe(incarnation);
  });

  it('is nobody’s to start on before the end, and the same incarnation goes on', async () => {
    const { storage, renewal } = await putBack();
    await (await renewal()).begin();
    await expect(installationOn(storage, config)).rejects.toThrow('non è arrivato in fondo');
    const again = await renewal();
    expect(again.left).toBeDefined();
    await again.end(from);
    await expect(installationOn(storage, config)).resolves.toBeDefined();
    expect((await renewal()).left).toBeUndefined();
  });

  it('is told once, though its end was cut after that and is done again', async () => {
    const { storage, store, renewal } = await putBack();
    const first = await renewal();
    await first.begin();
    // Cut between the record and the last step: the row still says that it has not ended.
    const rows = storage.durable.collection<{ unfinished?: true }>({ name: 'installation' });
    const unfinished = (await rows.get('installazione'))!;
    await first.end(from);
    await rows.replace('installazione', (await rows.get('installazione'))!, unfinished);
    const again = await renewal();
    expect(store.events.at(-1)!.id).toBe(again.left);
    await again.end(from);
    expect(store.events.filter(({ type }) => type === 'monitoring.archive.restored')).toHaveLength(1);
  });
});
