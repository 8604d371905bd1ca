export type { Credentials, Loss, Node, NodeState } from './node.js';
export { startEventStoreDbStandIn, type StandIn, type StandInOptions } from './stand-in.js';
