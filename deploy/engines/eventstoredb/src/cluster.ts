import type { ClusterInfo as ClusterInfoMessage } from '@eventstore/db-client/generated/gossip_pb.js';
import gossipPb from '@eventstore/db-client/generated/gossip_pb.js';
import type { SupportedMethods as SupportedMethodsMessage } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import serverFeaturesPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type { Empty } from '@eventstore/db-client/generated/shared_pb.js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import { uuidMessage } from './messages.js';
import type { Node } from './node.js';
import { rpcErrorOf } from './statuses.js';

/** The release whose semantics are stood in for. */
export const STOOD_IN_FOR = '23.10.0';

const { ClusterInfo, EndPoint, MemberInfo } = gossipPb;
const STATE = { leader: 8, follower: 6 } as const;
const TICKS = 10_000n;

/** `Gossip.Read`: who is in the cluster, and who leads. */
export const gossipHandler = (nodes: readonly Node[], node: Node): handleUnaryCall<Empty, ClusterInfoMessage> => (call, callback) => {
  node
    .admit(call, { anonymous: true })
    .then(() => {
      const info = new ClusterInfo();
      info.setMembersList(nodes.map(memberOf));
      callback(null, info);
    })
    .catch((error: unknown) => callback(rpcErrorOf(error)));
};

function memberOf(node: Node): gossipPb.MemberInfo {
  const member = new MemberInfo();
  const endpoint = new EndPoint();
  endpoint.setAddress(node.host);
  endpoint.setPort(node.port);
  member.setInstanceId(uuidMessage(node.id, false));
  member.setTimeStamp(String(BigInt(Date.now()) * TICKS));
  member.setState(node.leads ? STATE.leader : STATE.follower);
  member.setIsAlive(!node.state.unavailable);
  member.setHttpEndPoint(endpoint);
  return member;
}

/** What is there of the server's interface; a client that finds a method missing does without it, or says that it is not supported. */
const METHODS: readonly (readonly [service: string, method: string, features: readonly string[]])[] = [
  ['event_store.client.streams.streams', 'read', ['position', 'events']],
  ['event_store.client.streams.streams', 'append', []],
  ['event_store.client.streams.streams', 'batchappend', []],
  ['event_store.client.streams.streams', 'delete', []],
  ['event_store.client.streams.streams', 'tombstone', []],
  ['event_store.client.gossip.gossip', 'read', []],
  ['event_store.client.server_features.serverfeatures', 'getsupportedmethods', []],
];

/** `ServerFeatures.GetSupportedMethods`. */
export const featuresHandler = (node: Node): handleUnaryCall<Empty, SupportedMethodsMessage> => (call, callback) => {
  node
    .admit(call, { anonymous: true })
    .then(() => {
      const supported = new serverFeaturesPb.SupportedMethods();
      supported.setEventStoreServerVersion(`${STOOD_IN_FOR}-stand-in`);
      for (const [service, name, features] of METHODS) {
        const method = new serverFeaturesPb.SupportedMethod();
        method.setServiceName(service);
        method.setMethodName(name);
        method.setFeaturesList([...features]);
        supported.addMethods(method);
      }
      callback(null, supported);
    })
    .catch((error: unknown) => callback(rpcErrorOf(error)));
};
