import { collectionContract } from '@geres/kernel/testing';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../testing/temporary-folder.js';
import { openSqliteCollections, type SqliteCollectionsOptions } from './sqlite-collections.js';

const KINDS: readonly (readonly [string, Omit<SqliteCollectionsOptions, 'file'>])[] = [
  ['SQLite', { durability: 'normal' }],
  ['SQLite that erases what it removes', { durability: 'full', secureDelete: true }],
];

for (const [name, options] of KINDS) {
  collectionContract(name, async () => {
    const folder = await temporaryFolder();
    const store = await openSqliteCollections({ file: join(folder, 'collections.db'), ...options });
    return {
      store,
      async close() {
        await store.close();
        await rm(folder, { recursive: true });
      },
    };
  });
}
