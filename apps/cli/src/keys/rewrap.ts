import { openSqliteCollections } from '@geres/platform/collections';
import { keksInTurn, keksToTurn, keyOptionsOf, loadConfig, storageSettings, type KekInTurn, type StandaloneConfig } from '@geres/platform/config';
import { installationOn, openStorage } from '@geres/platform/distributed';
import { FILES, readInstallation } from '@geres/platform/embedded';
import { lockDataFolder } from '@geres/platform/event-store';
import { CUSTODIES, keyEncryptionKey, keyStores, succeedingKeys, type KeyEncryptionKey, type KeyStores } from '@geres/platform/keys';
import { join, resolve } from 'node:path';
import { wrongUse } from '../outcome.js';

export interface Rewrapped {
  readonly secrets: number;
  readonly custodies: readonly string[];
  /** Where the keys of the installation are in a file: it has the new ones, and `kept` the old. */
  readonly file?: string;
  readonly kept?: string;
}

type Durable = Parameters<typeof keyStores>[0];
type Turn = Readonly<Partial<Record<keyof KeyStores, { readonly from: KeyEncryptionKey; readonly to: KeyEncryptionKey }>>>;

async function rewrapped(durable: Durable, turn: Turn): Promise<Rewrapped> {
  const custodies = CUSTODIES.filter((custody) => turn[custody] !== undefined);
  const stores: Partial<KeyStores> = keyStores(durable, Object.fromEntries(custodies.map((custody) => [custody, turn[custody]!.from])) as Record<keyof KeyStores, KeyEncryptionKey>);
  let secrets = 0;
  for (const custody of custodies) secrets += await stores[custody]!.rewrap(turn[custody]!.to);
  return { secrets, custodies };
}

const decoded = (keks: Readonly<Partial<Record<keyof KeyStores, KekInTurn>>>): Turn =>
  Object.fromEntries(Object.entries(keks).map(([custody, { from, to }]) => [custody, { from: keyEncryptionKey(Buffer.from(from, 'base64')), to: keyEncryptionKey(Buffer.from(to, 'base64')) }]));

/** Errors: `ConfigError`, `WrongInstallation`, `WrongKeyEncryptionKey`, `StoreUnavailable`. */
export async function rewrapOnEngines(): Promise<Rewrapped> {
  const config = loadConfig({ ...storageSettings, ...keksInTurn }, { env: process.env });
  const turn = decoded(keksToTurn(config));
  const storage = await openStorage(config);
  try {
    await installationOn(storage, config);
    return await rewrapped(storage.durable, turn);
  } finally {
    await storage.close();
  }
}

/** In a data folder on which nobody works; keys given in the environment change there, those of a file are made anew. Errors: `DataFolderInUse`, `UnusableKeys`, `ConfigError`, `WrongKeyEncryptionKey`. */
export async function rewrapIn(config: StandaloneConfig): Promise<Rewrapped> {
  const folder = resolve(config.data);
  if ((await readInstallation(folder)) === undefined) throw wrongUse(`in ${folder} non c’è un’installazione di GeRes`);
  const lock = await lockDataFolder(folder);
  try {
    const durable = await openSqliteCollections({ file: join(folder, FILES.keys), durability: 'full', secureDelete: true });
    try {
      if (config.kekArchive !== undefined) return await rewrapped(durable, decoded(keksToTurn(loadConfig(keksInTurn, { env: process.env }))));
      const { from, to, takeOver } = await succeedingKeys(keyOptionsOf(config));
      const done = await rewrapped(durable, Object.fromEntries(CUSTODIES.map((custody) => [custody, { from: from[custody], to: to[custody] }])));
      return { ...done, ...(await takeOver(new Date())) };
    } finally {
      await durable.close();
    }
  } finally {
    await lock.release();
  }
}
