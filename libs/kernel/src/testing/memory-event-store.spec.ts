import { eventStoreContract } from './event-store.contract.js';
import { memoryEventStore } from './memory-event-store.js';

eventStoreContract('memory', async () => {
  const store = memoryEventStore();
  return {
    store,
    stall: async () => {
      const goOn = store.stall();
      return async () => goOn();
    },
    close: async () => undefined,
  };
});
