import { collectionContract } from './collection.contract.js';
import { memoryCollections } from './memory-collections.js';

collectionContract('memory', async () => {
  const store = memoryCollections();
  return { store, close: () => store.close() };
});
