export { DataFolderInUse, lockDataFolder, type DataFolderLock } from './data-folder-lock.js';
export { openSqliteEventStore, type EventStoreStats, type SqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js';
