export { openMongoCollections, type MongoCollections, type MongoCollectionsOptions } from './mongo-collections.js';
