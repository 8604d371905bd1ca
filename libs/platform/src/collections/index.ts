export { openSqliteCollections, type SqliteCollections, type SqliteCollectionsOptions } from './sqlite-collections.js';
