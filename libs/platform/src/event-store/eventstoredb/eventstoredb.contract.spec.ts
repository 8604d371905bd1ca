import { startEventStoreDbStandIn } from '@geres/eventstoredb-stand-in';
import { eventStoreContract } from '@geres/kernel/testing';
import { rm } from 'node:fs/promises';
import { describe, it } from 'vitest';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { openEventStoreDb } from './index.js';

eventStoreContract('EventStoreDB, against the stand-in', async () => {
  const folder = await temporaryFolder();
  const standIn = await startEventStoreDbStandIn({ folder });
  const store = await openEventStoreDb({ connectionString: standIn.connectionString });
  return {
    store,
    async stall() {
      for (const node of standIn.nodes) node.stall();
      return async () => {
        for (const node of standIn.nodes) node.recover();
      };
    },
    async close() {
      await store.close();
      await standIn.close();
      await rm(folder, { recursive: true });
    },
  };
}, { caughtUpMs: 1000 });

const url = process.env['GERES_EVENTSTORE_URL'];
if (url) {
  eventStoreContract('EventStoreDB, against the server of GERES_EVENTSTORE_URL', async () => {
    const store = await openEventStoreDb({ connectionString: url });
    return { store, close: () => store.close() };
  }, { caughtUpMs: 1000 });
} else {
  describe.skip('EventStore contract: EventStoreDB, against a real server', () => {
    it('needs GERES_EVENTSTORE_URL, the connection string of a server', () => undefined);
  });
}
