import { collectionContract } from '@geres/kernel/testing';
import { randomUUID } from 'node:crypto';
import { describe, it } from 'vitest';
import { engine } from '../../testing/engines.js';
import { openMongoCollections } from './mongo-collections.js';

const server = await engine('mongodb');

if (server.there) {
  collectionContract('MongoDB', async () => {
    const store = await openMongoCollections({ url: server.address, prefix: `${randomUUID().slice(0, 8)}-` });
    return { store, close: () => store.close() };
  });
} else {
  describe.skip(`Collection contract: MongoDB (${server.why})`, () => it('needs a server', () => undefined));
}
