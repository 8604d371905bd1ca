import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqliteCollections, type SqliteCollections } from '../collections/index.js';
import { adoptBundle, CannotOpen, keyEncryptionKey, KeyDestroyed, KeyStore, newTransportKey, openBundle, privateTransportKey, publicTransportKey, sealSecrets, UnusableTransportKey, type KeyStores, type TransportKey, type WrappedSecret } from './index.js';

const opened: SqliteCollections[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const collections of opened.splice(0)) await collections.close();
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

/** The key stores of an installation whose key-encryption keys are made of `byte`. */
async function installation(byte: number): Promise<KeyStores> {
  const folder = await mkdtemp(join(tmpdir(), 'geres-bundle-'));
  folders.push(folder);
  const collections = await openSqliteCollections({ file: join(folder, 'keys.db'), durability: 'normal' });
  opened.push(collections);
  const of = (custody: keyof KeyStores): KeyStore => new KeyStore({ collection: collections.collection<WrappedSecret>({ name: `secrets-${custody}` }), kek: keyEncryptionKey(Buffer.alloc(32, byte)) });
  return { archive: of('archive'), connector: of('connector'), certificates: of('certificates'), admin: of('admin') };
}

const bundlesOf = async (from: KeyStores, to: TransportKey): Promise<readonly string[]> => {
  const bundles: string[] = [];
  for await (const jwe of sealSecrets(from, to)) bundles.push(jwe);
  return bundles;
};

async function moved(from: KeyStores, to: KeyStores): Promise<number> {
  const { publicPem, privatePem } = await newTransportKey();
  let count = 0;
  for (const jwe of await bundlesOf(from, await publicTransportKey(publicPem))) count += await adoptBundle(to, jwe, await privateTransportKey(privatePem));
  return count;
}

describe('the secrets of an installation, sealed to another', () => {
  it('open there what was sealed here, each in its custody', async () => {
    const [here, there] = [await installation(1), await installation(2)];
    const sealed = (await here.archive.box('archive/H501/202611')).seal({ pratica: '1' }, 'x');
    const name = (await here.admin.box('user/1')).seal('nome', 'user');
    expect(await moved(here, there)).toBe(2);
    expect((await there.archive.find('archive/H501/202611'))!.open(sealed, 'x')).toEqual({ pratica: '1' });
    expect((await there.admin.find('user/1'))!.open(name, 'user')).toBe('nome');
    expect(await there.connector.find('archive/H501/202611')).toBeUndefined();
  });

  it('are more than one bundle holds', async () => {
    const [here, there] = [await installation(1), await installation(2)];
    await Promise.all(Array.from({ length: 1203 }, (_, n) => here.admin.box(`user/${n}`)));
    expect(await moved(here, there)).toBe(1203);
    expect(await there.admin.find('user/1202')).toBeDefined();
  });

  it('keep the place of one that was destroyed, so that it is never made anew', async () => {
    const [here, there] = [await installation(1), await installation(2)];
    await here.archive.box('archive/H501/202501');
    await here.archive.destroy('archive/H501/202501');
    await moved(here, there);
    await expect(there.archive.box('archive/H501/202501')).rejects.toThrow(KeyDestroyed);
  });

  it('are taken twice without harm, and never instead of another secret', async () => {
    const [here, there] = [await installation(1), await installation(2)];
    await here.admin.box('user/1');
    await moved(here, there);
    expect(await moved(here, there)).toBe(1);
    const other = await installation(3);
    const kept = (await other.admin.box('user/1')).seal('suo', 'c');
    await expect(moved(here, other)).rejects.toThrow(/altri segreti/);
    expect((await other.admin.box('user/1')).open(kept, 'c')).toBe('suo');
  });

  it('show nothing and open to nobody else', async () => {
    const here = await installation(1);
    const box = await here.archive.box('archive/H501/202611');
    const { publicPem } = await newTransportKey();
    const [jwe] = await bundlesOf(here, await publicTransportKey(publicPem));
    expect(jwe).not.toContain(Buffer.from('archive/H501').toString('base64url').slice(0, 12));
    const stranger = await privateTransportKey((await newTransportKey()).privatePem);
    await expect(openBundle(jwe!, stranger)).rejects.toThrow(UnusableTransportKey);
    expect(() => box.open(box.seal(1, 'a'), 'b')).toThrow(CannotOpen);
  });

  it('travel whatever their length, a few in each bundle where they are long', async () => {
    const [here, there] = [await installation(1), await installation(2)];
    const keys = Array.from({ length: 9 }, (_, n) => [`anpr/H501/ws/${n}`, randomBytes(50_000 + n)] as const);
    for (const [id, key] of keys) await here.certificates.put(id, key);
    const { publicPem } = await newTransportKey();
    const bundles = await bundlesOf(here, await publicTransportKey(publicPem));
    expect(bundles.length).toBeGreaterThan(1);
    expect(Math.max(...bundles.map(({ length }) => length))).toBeLessThan(500_000);
    expect(await moved(here, there)).toBe(keys.length);
    for (const [id, key] of keys) expect(await there.certificates.reveal(id)).toEqual(key);
  });

  it('travel to an RSA key too', async () => {
    const [here, there] = [await installation(1), await installation(2)];
    await here.admin.box('user/1');
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } });
    const [jwe] = await bundlesOf(here, await publicTransportKey(publicKey));
    expect(await adoptBundle(there, jwe!, await privateTransportKey(privateKey))).toBe(1);
  });
});

describe('a key for secrets that travel', () => {
  const pem = (key: { export(options: object): string | Buffer }, type: string): string => key.export({ type, format: 'pem' }) as string;

  it.each([
    ['a private key', async () => (await newTransportKey()).privatePem, /privata/],
    ['what is no key', () => Promise.resolve('ciao'), /PEM/],
    ['a short RSA key', () => Promise.resolve(pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey, 'spki')), /2048/],
    ['a curve that is not ours', () => Promise.resolve(pem(generateKeyPairSync('ed25519').publicKey, 'spki')), /P-256/],
  ])('is not %s', async (_, key, message) => {
    await expect(publicTransportKey(await key())).rejects.toThrow(message);
  });

  it('is named by the same thumbprint on both sides', async () => {
    const { publicPem, privatePem, id } = await newTransportKey();
    expect((await publicTransportKey(publicPem)).id).toBe(id);
    expect((await privateTransportKey(privatePem)).id).toBe(id);
  });
});
