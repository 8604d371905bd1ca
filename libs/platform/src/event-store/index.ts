export { DataFolderInUse, lockDataFolder, type DataFolderLock } from './data-folder-lock.js';
export { openEventStoreDb, WrongConnection, type EventStoreDbEventStore, type EventStoreDbOptions } from './eventstoredb/index.js';
export { openSqliteEventStore, type EventStoreStats, type SqliteEventStore, type SqliteEventStoreOptions } from './sqlite-event-store.js';
