export { DataFolderInUse, lockDataFolder, type DataFolderLock } from './data-folder-lock.js';
export { openSqliteEventStore, type SqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js';
