export type { Credentials, Loss, Node } from './node.js';
export { startEventStoreDbStandIn, type StandIn, type StandInOptions } from './stand-in.js';
