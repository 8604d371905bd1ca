import { AlreadyThere, type Collection, type CollectionStore } from '@geres/kernel';
import { createHash, randomBytes } from 'node:crypto';
import { boxOf, decrypt, encrypt, type Box } from './box.js';

/** A secret under its key-encryption key, or the place where one was. */
export type WrappedSecret = { readonly wrapped: string; readonly kek: string } | { readonly destroyed: true };

/** 32 bytes that wrap secrets; never stored beside them. */
export interface KeyEncryptionKey {
  readonly id: string;
  readonly key: Buffer;
}

export const keyEncryptionKey = (key: Buffer): KeyEncryptionKey => ({ id: createHash('sha256').update('geres/kek').update(key).digest('hex').slice(0, 16), key });

/** The secret was destroyed on purpose: what it sealed can never be read again. */
export class KeyDestroyed extends Error {
  override readonly name = 'KeyDestroyed';
  constructor(readonly keyId: string) {
    super(`the secret ${keyId} was destroyed`);
  }
}

/** The secrets were wrapped with another key-encryption key than the one configured. */
export class WrongKeyEncryptionKey extends Error {
  override readonly name = 'WrongKeyEncryptionKey';
  constructor() {
    super('la chiave di cifratura delle chiavi non è quella con cui sono stati protetti i segreti di questa installazione');
  }
}

/** A secret out of its wrapping; without `secret`, the place of one that was destroyed. */
export interface ClearSecret {
  readonly id: string;
  readonly secret?: Buffer;
}

/** By custody: who holds which secrets. */
export interface KeyStores {
  readonly archive: KeyStore;
  readonly connector: KeyStore;
  /** ANPR keys and their certificates: the connector's, under a key-encryption key of their own. */
  readonly certificates: KeyStore;
  readonly admin: KeyStore;
}

export const CUSTODIES = ['archive', 'connector', 'certificates', 'admin'] as const satisfies readonly (keyof KeyStores)[];

/** One key store for each custody that there is a key-encryption key of, each with rows of its own. */
export const keyStores = <C extends keyof KeyStores>(durable: CollectionStore, keks: Readonly<Record<C, KeyEncryptionKey>>): Readonly<Record<C, KeyStore>> =>
  Object.fromEntries(CUSTODIES.filter((custody): custody is C & keyof KeyStores => custody in keks).map((custody) => [custody, new KeyStore({ collection: durable.collection<WrappedSecret>({ name: `secrets-${custody}` }), kek: keks[custody] })])) as Record<C, KeyStore>;

/** The archive's secret of a Comune and month (`202611`). */
export const archiveKeyId = (comune: string, month: string): string => `archive/${comune}/${month}`;

const CACHED = 5000;
/** A secret destroyed by another process is noticed by then. */
const CACHE_MS = 60_000;

/** Secrets by id, wrapped in a collection that must be durable and erase what it removes. */
export class KeyStore {
  private readonly cache = new Map<string, { readonly box: Promise<Box | undefined>; readonly until: number }>();

  constructor(private readonly options: { readonly collection: Collection<WrappedSecret>; readonly kek: KeyEncryptionKey }) {}

  /** The box of a secret, made now if there is none: insert-if-absent, read back, durable before its first use. Errors: `KeyDestroyed`, `WrongKeyEncryptionKey`. */
  async box(id: string): Promise<Box> {
    return (await this.find(id)) ?? (await this.cached(id, () => this.make(id)))!;
  }

  /** The box of a secret if it was ever made. Errors: `KeyDestroyed`, `WrongKeyEncryptionKey`. */
  async find(id: string): Promise<Box | undefined> {
    const known = this.cache.get(id);
    if (known && known.until > performance.now()) return known.box;
    return this.cached(id, () => this.read(id));
  }

  /** Errors: `WrongKeyEncryptionKey` when what is stored was wrapped with another key. */
  async check(): Promise<void> {
    for await (const { id, row } of this.rows()) {
      if ('destroyed' in row) continue;
      unwrapped(id, row, this.options.kek);
      return;
    }
  }

  /** Every secret in clear, and the place of each that was destroyed, to be sealed at once to another installation. Errors: `WrongKeyEncryptionKey`. */
  async *secrets(): AsyncIterable<ClearSecret> {
    for await (const { id, row } of this.rows()) yield 'destroyed' in row ? { id } : { id, secret: unwrapped(id, row, this.options.kek) };
  }

  /** Takes a secret of another installation under this one's key. False when another secret has that place. */
  async adopt({ id, secret }: ClearSecret): Promise<boolean> {
    if (secret) return this.put(id, secret);
    const { collection } = this.options;
    return (await inserted(collection, id, { destroyed: true })) || 'destroyed' in (await collection.get(id))!;
  }

  /** Keeps a secret of any length, durable when it resolves. False when another secret has that place, or had it before it was destroyed. Errors: `WrongKeyEncryptionKey`. */
  async put(id: string, secret: Buffer): Promise<boolean> {
    const { collection, kek } = this.options;
    if (await inserted(collection, id, wrapped(id, secret, kek))) return true;
    const row = (await collection.get(id))!;
    return !('destroyed' in row) && unwrapped(id, row, kek).equals(secret);
  }

  /** Puts `next` in the place of `seen`, durable when it resolves. False when it is not `seen` that is there any more. Errors: `WrongKeyEncryptionKey`. */
  async exchange(id: string, seen: Buffer, next: Buffer): Promise<boolean> {
    const { collection, kek } = this.options;
    const row = await collection.get(id);
    if (!row || 'destroyed' in row || !unwrapped(id, row, kek).equals(seen)) return false;
    return collection.replace(id, row, wrapped(id, next, kek));
  }

  /** A secret that was put, in clear, read anew at each call: what becomes of it is the caller's care. Errors: `KeyDestroyed`, `WrongKeyEncryptionKey`. */
  async reveal(id: string): Promise<Buffer | undefined> {
    const { collection, kek } = this.options;
    const row = await collection.get(id);
    if (!row) return undefined;
    if ('destroyed' in row) throw new KeyDestroyed(id);
    return unwrapped(id, row, kek);
  }

  /** Ids of the secrets that are there, and of none that was destroyed. Nothing is unwrapped. */
  async *ids(): AsyncIterable<string> {
    for await (const { id, row } of this.rows()) if (!('destroyed' in row)) yield id;
  }

  /**
   * Puts every secret under `next`, each whole or not at all; those that are under it already stay, so that what was cut goes on. Nobody else may be at work with these
   * secrets meanwhile. Resolves to how many it has put there. Errors: `WrongKeyEncryptionKey` for a secret under a third key, before anything is changed.
   */
  async rewrap(next: KeyEncryptionKey): Promise<number> {
    const { collection, kek } = this.options;
    for await (const { id, row } of this.rows()) if (!('destroyed' in row)) unwrapped(id, row, row.kek === next.id ? next : kek);
    let count = 0;
    for await (const { id } of this.rows()) {
      for (let row = await collection.get(id); row && !('destroyed' in row) && row.kek !== next.id; row = await collection.get(id)) {
        if (await collection.replace(id, row, wrapped(id, unwrapped(id, row, kek), next))) count += 1;
      }
    }
    return count;
  }

  /** Erases the secret and keeps its place, so that it is never made anew. */
  async destroy(id: string): Promise<void> {
    const { collection } = this.options;
    this.cache.delete(id);
    for (;;) {
      const row = await collection.get(id);
      // Once more over one that is gone already: where the file was not cleaned in time, it is now.
      if (row ? await collection.replace(id, row, { destroyed: true }) : await inserted(collection, id, { destroyed: true })) break;
    }
    this.cache.delete(id);
  }

  private cached(id: string, load: () => Promise<Box | undefined>): Promise<Box | undefined> {
    const box = load();
    if (this.cache.size >= CACHED) this.cache.delete(this.cache.keys().next().value!);
    this.cache.delete(id);
    this.cache.set(id, { box, until: performance.now() + CACHE_MS });
    const forget = (): void => {
      if (this.cache.get(id)?.box === box) this.cache.delete(id);
    };
    box.then((found) => (found ? undefined : forget()), forget);
    return box;
  }

  private async make(id: string): Promise<Box | undefined> {
    const { collection, kek } = this.options;
    await inserted(collection, id, wrapped(id, randomBytes(32), kek));
    return this.read(id);
  }

  private async read(id: string): Promise<Box | undefined> {
    const secret = await this.reveal(id);
    return secret && boxOf(secret);
  }

  private async *rows(): AsyncIterable<{ readonly id: string; readonly row: WrappedSecret }> {
    for (let after: string | undefined; ; ) {
      const { rows, next } = await this.options.collection.find({ limit: 500, ...(after === undefined ? {} : { after }) });
      yield* rows;
      if (next === undefined) return;
      after = next;
    }
  }
}

const wrapped = (id: string, secret: Buffer, kek: KeyEncryptionKey): WrappedSecret => ({ wrapped: encrypt(kek.key, secret, id).toString('base64url'), kek: kek.id });

function unwrapped(id: string, row: Exclude<WrappedSecret, { readonly destroyed: true }>, kek: KeyEncryptionKey): Buffer {
  if (row.kek !== kek.id) throw new WrongKeyEncryptionKey();
  return decrypt(kek.key, Buffer.from(row.wrapped, 'base64url'), id);
}

const inserted = (collection: Collection<WrappedSecret>, id: string, row: WrappedSecret): Promise<boolean> =>
  collection.insert(id, row).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AlreadyThere) return false;
      throw error;
    },
  );
