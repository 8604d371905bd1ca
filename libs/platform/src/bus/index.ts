export { InProcessBus } from './in-process-bus.js';
export { BusTransport } from './transport.js';
export * from './kafka/index.js';
