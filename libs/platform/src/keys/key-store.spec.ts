import type { Collection } from '@geres/kernel';
import { memoryCollections } from '@geres/kernel/testing';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqliteCollections } from '../collections/index.js';
import { workplace } from '../testing/temporary-folder.js';
import { archiveKeyId, KeyDestroyed, keyEncryptionKey, KeyStore, WrongKeyEncryptionKey, type WrappedSecret } from './key-store.js';

const { folder, opened } = workplace();
const MONTH = archiveKeyId('H501', '202611');
const kek = keyEncryptionKey(randomBytes(32));
const rows = (): Collection<WrappedSecret> => memoryCollections().collection<WrappedSecret>({ name: 'secrets-archive' });
const storeOn = (collection: Collection<WrappedSecret>, key = kek): KeyStore => new KeyStore({ collection, kek: key });

describe('the secret of a Comune and month', () => {
  it('is made when it is first needed, and is the same from then on', async () => {
    const collection = rows();
    const store = storeOn(collection);
    expect(await store.find(MONTH)).toBeUndefined();
    const sealed = (await store.box(MONTH)).seal('x', 'place');
    expect((await (await store.find(MONTH))!.open(sealed, 'place'))).toBe('x');
    // Another start reads what was kept.
    expect((await storeOn(collection).box(MONTH)).open(sealed, 'place')).toBe('x');
  });

  it('is not that of another month, nor of another Comune', async () => {
    const store = storeOn(rows());
    const tags = await Promise.all([MONTH, archiveKeyId('H501', '202612'), archiveKeyId('F205', '202611')].map(async (id) => (await store.box(id)).tag('pratica', '1')));
    expect(new Set(tags).size).toBe(3);
  });

  it('is kept wrapped: without its key-encryption key it is nothing', async () => {
    const collection = rows();
    const box = await storeOn(collection).box(MONTH);
    const stored = (await collection.get(MONTH)) as { readonly wrapped: string; readonly kek: string };
    expect(stored.kek).toBe(kek.id);
    expect(Buffer.from(stored.wrapped, 'base64url')).toHaveLength(12 + 32 + 16);
    expect(JSON.stringify(stored)).not.toContain(kek.key.toString('base64url'));
    // Nor is it anything in the place of another.
    const other = archiveKeyId('H501', '202612');
    await collection.insert(other, stored);
    await expect(storeOn(collection).find(other)).rejects.toThrow();
    expect(box.tag('pratica', '1')).toBeDefined();
  });

  it('is one, however many need it for the first time together, in this process and in another', async () => {
    const collections = await opened(openSqliteCollections({ file: join(await folder(), 'keys.db'), durability: 'full', secureDelete: true }));
    const collection = collections.collection<WrappedSecret>({ name: 'secrets-archive' });
    const stores = [storeOn(collection), storeOn(collection), storeOn(collection)];
    const boxes = await Promise.all(Array.from({ length: 30 }, (_, n) => stores[n % 3]!.box(MONTH)));
    expect(new Set(boxes.map((box) => box.tag('pratica', '1'))).size).toBe(1);
  });

  it('that cannot be kept is not used', async () => {
    const broken: Collection<WrappedSecret> = { ...rows(), insert: () => Promise.reject(new Error('disk full')) };
    const store = storeOn(broken);
    await expect(store.box(MONTH)).rejects.toThrow('disk full');
    // And the failure is not remembered as an answer.
    await expect(store.box(MONTH)).rejects.toThrow('disk full');
  });

  it('wrapped with another key-encryption key is said to be so, at the start and at every use', async () => {
    const collection = rows();
    await storeOn(collection).box(MONTH);
    const other = storeOn(collection, keyEncryptionKey(randomBytes(32)));
    for (const using of [() => other.box(MONTH), () => other.find(MONTH), () => other.check()]) await expect(using()).rejects.toBeInstanceOf(WrongKeyEncryptionKey);
    await expect(storeOn(collection).check()).resolves.toBeUndefined();
    await expect(storeOn(rows()).check()).resolves.toBeUndefined();
  });
});

describe('a secret that was destroyed', () => {
  it('is gone for whoever had it in hand and for whoever asks, and is never made anew', async () => {
    const collection = rows();
    const store = storeOn(collection);
    await store.box(MONTH);
    await store.destroy(MONTH);
    for (const one of [store, storeOn(collection)]) {
      await expect(one.find(MONTH)).rejects.toMatchObject({ name: 'KeyDestroyed', keyId: MONTH });
      await expect(one.box(MONTH)).rejects.toBeInstanceOf(KeyDestroyed);
    }
    expect(await collection.get(MONTH)).toEqual({ destroyed: true });
  });

  it('before it was ever made keeps its place too', async () => {
    const store = storeOn(rows());
    await store.destroy(MONTH);
    await expect(store.box(MONTH)).rejects.toBeInstanceOf(KeyDestroyed);
  });

  it('may be destroyed again', async () => {
    const store = storeOn(rows());
    await store.box(MONTH);
    await Promise.all([store.destroy(MONTH), store.destroy(MONTH)]);
    await store.destroy(MONTH);
    await expect(store.box(MONTH)).rejects.toBeInstanceOf(KeyDestroyed);
  });

  it('leaves the others as they are', async () => {
    const store = storeOn(rows());
    const other = archiveKeyId('H501', '202612');
    const sealed = (await store.box(other)).seal('x', 'place');
    await store.box(MONTH);
    await store.destroy(MONTH);
    expect((await store.box(other)).open(sealed, 'place')).toBe('x');
  });

  it('while it is being made is destroyed all the same', async () => {
    const collection = rows();
    const store = storeOn(collection);
    await Promise.allSettled([store.box(MONTH), store.destroy(MONTH), store.box(MONTH)]);
    await expect(storeOn(collection).box(MONTH)).rejects.toBeInstanceOf(KeyDestroyed);
    await expect(store.box(MONTH)).rejects.toBeInstanceOf(KeyDestroyed);
  });
});
