export { openSqliteCollections, type SqliteCollections, type SqliteCollectionsOptions } from './sqlite-collections.js';
export { openMongoCollections, type MongoCollections, type MongoCollectionsOptions } from './mongo/index.js';
