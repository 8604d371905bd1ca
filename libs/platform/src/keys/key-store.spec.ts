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

describe('secrets whose key-encryption key changes', () => {
  const next = keyEncryptionKey(randomBytes(32));
  const ids = Array.from({ length: 5 }, (_, n) => archiveKeyId('H501', `20261${n}`));
  async function filled() {
    const collection = rows();
    const store = storeOn(collection);
    const tags = new Map<string, string>();
    for (const id of ids) tags.set(id, (await store.box(id)).tag('pratica', '1'));
    await store.destroy(ids[4]!);
    return { collection, tags };
  }
  const kekOf = async (collection: Collection<WrappedSecret>, id: string) => ((await collection.get(id)) as { readonly kek: string }).kek;

  it('are the same under the new one, and nothing under the old; what was destroyed stays so', async () => {
    const { collection, tags } = await filled();
    expect(await storeOn(collection).rewrap(next)).toBe(4);
    const after = storeOn(collection, next);
    for (const id of ids.slice(0, 4)) expect((await after.find(id))!.tag('pratica', '1')).toBe(tags.get(id));
    await expect(after.find(ids[4]!)).rejects.toBeInstanceOf(KeyDestroyed);
    await expect(storeOn(collection).check()).rejects.toBeInstanceOf(WrongKeyEncryptionKey);
  });

  it('are all put there by another attempt when one was cut', async () => {
    const { collection, tags } = await filled();
    let left = 2;
    const cut: Collection<WrappedSecret> = { ...collection, replace: (...given) => (left-- > 0 ? collection.replace(...given) : Promise.reject(new Error('cut'))) };
    await expect(storeOn(cut).rewrap(next)).rejects.toThrow('cut');
    expect(await storeOn(collection).rewrap(next)).toBe(2);
    expect(await storeOn(collection).rewrap(next)).toBe(0);
    for (const id of ids.slice(0, 4)) expect((await storeOn(collection, next).find(id))!.tag('pratica', '1')).toBe(tags.get(id));
  });

  it('stay as they are where one of them is under a third', async () => {
    const { collection } = await filled();
    await storeOn(collection, keyEncryptionKey(randomBytes(32))).put('zz', randomBytes(32));
    await expect(storeOn(collection).rewrap(next)).rejects.toBeInstanceOf(WrongKeyEncryptionKey);
    expect(await kekOf(collection, ids[0]!)).toBe(kek.id);
  });

  it('are not brought back where one is destroyed meanwhile', async () => {
    const { collection } = await filled();
    const meanwhile: Collection<WrappedSecret> = {
      ...collection,
      async replace(id, seen, row) {
        if (id === ids[1]) await storeOn(collection).destroy(id);
        return collection.replace(id, seen, row);
      },
    };
    expect(await storeOn(meanwhile).rewrap(next)).toBe(3);
    expect(await collection.get(ids[1]!)).toEqual({ destroyed: true });
  });
});

describe('a secret that was put', () => {
  const KEY = 'anpr/H501/ws/01JD0CERT0000000000000000A';
  const long = randomBytes(40_000);

  it('is given back as it was, whatever its length', async () => {
    const collection = rows();
    expect(await storeOn(collection).reveal(KEY)).toBeUndefined();
    for (const secret of [Buffer.from('x'), long]) {
      const id = `${KEY}/${secret.length}`;
      expect(await storeOn(collection).put(id, secret)).toBe(true);
      expect(await storeOn(collection).reveal(id)).toEqual(secret);
    }
    expect(Buffer.from(((await collection.get(`${KEY}/${long.length}`)) as { readonly wrapped: string }).wrapped, 'base64url').includes(long.subarray(0, 16))).toBe(false);
  });

  it('is put again without harm, and is not put instead of another', async () => {
    const store = storeOn(rows());
    expect(await store.put(KEY, long)).toBe(true);
    expect(await store.put(KEY, Buffer.from(long))).toBe(true);
    expect(await store.put(KEY, Buffer.from('other'))).toBe(false);
    expect(await store.reveal(KEY)).toEqual(long);
  });

  it('gives its place to the next of one who has seen it', async () => {
    const store = storeOn(rows());
    const [first, second] = [Buffer.from('first'), Buffer.from('second')];
    expect(await store.exchange(KEY, first, second)).toBe(false);
    await store.put(KEY, first);
    expect(await store.exchange(KEY, second, first)).toBe(false);
    expect(await store.exchange(KEY, first, second)).toBe(true);
    expect(await store.reveal(KEY)).toEqual(second);
    const raced = await Promise.all(['a', 'b', 'c'].map((next) => store.exchange(KEY, second, Buffer.from(next))));
    expect(raced.filter(Boolean)).toHaveLength(1);
  });

  it('is told by its id while it is there', async () => {
    const store = storeOn(rows());
    await store.put(KEY, long);
    await store.put('other', long);
    await store.destroy('other');
    const ids: string[] = [];
    for await (const id of store.ids()) ids.push(id);
    expect(ids).toEqual([KEY]);
  });

  it('once destroyed is neither given back nor put again nor exchanged', async () => {
    const store = storeOn(rows());
    await store.put(KEY, long);
    await store.destroy(KEY);
    await expect(store.reveal(KEY)).rejects.toBeInstanceOf(KeyDestroyed);
    expect(await store.put(KEY, long)).toBe(false);
    expect(await store.exchange(KEY, long, long)).toBe(false);
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
