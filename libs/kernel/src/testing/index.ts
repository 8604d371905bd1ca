export * from './memory-collections.js';
export * from './memory-event-store.js';
export * from './projecting.js';
export * from './scenario.js';
