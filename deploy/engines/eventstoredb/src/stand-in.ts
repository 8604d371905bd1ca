import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { appendHandler } from './append.js';
import { batchAppendHandler } from './batch-append.js';
import { featuresHandler, gossipHandler } from './cluster.js';
import { deleteHandler, tombstoneHandler } from './delete.js';
import { EventLog } from './event-log.js';
import { Node, type Credentials } from './node.js';
import { readHandler } from './read.js';

export interface StandInOptions {
  /** Where the data are kept; made where it is not there. */
  readonly folder: string;
  readonly host?: string;
  /** Of the first node; the others follow. 0: free ones. */
  readonly port?: number;
  /** Nodes of the cluster, over the same data: they differ in who leads and in what is wrong with them. */
  readonly nodes?: number;
  /** PEM. Absent: without TLS. */
  readonly tls?: { readonly certificate: Buffer; readonly key: Buffer };
  /** Who may call, with TLS. Absent: everybody. */
  readonly credentials?: Credentials;
}

export interface StandIn {
  readonly nodes: readonly Node[];
  /** For clients: one node, or several to discover the leader from. Names neither certificate nor credentials. */
  readonly connectionString: string;
  /** Another node leads from now on. */
  lead(index: number): void;
  /** Removes what stream metadata hides; returns how many records went. */
  scavenge(): number;
  close(): Promise<void>;
}

const MAX_MESSAGE = 17 * 1024 * 1024;

/** Starts a stand-in for EventStoreDB in this process. It is not EventStoreDB: what it does is what the documentation of the client and of the server says. */
export async function startEventStoreDbStandIn({ folder, host = '127.0.0.1', port = 0, nodes: count = 1, tls, credentials }: StandInOptions): Promise<StandIn> {
  const log = new EventLog(folder);
  let leader = 0;
  let closed = false;
  const nodes: Node[] = [];
  const servers: Server[] = [];
  for (let index = 0; index < count; index++) nodes.push(new Node(host, () => nodes[leader]!, credentials));
  try {
    for (const [index, node] of nodes.entries()) {
      const server = serverOf(log, nodes, node);
      servers.push(server);
      const secured = tls ? ServerCredentials.createSsl(null, [{ cert_chain: tls.certificate, private_key: tls.key }]) : ServerCredentials.createInsecure();
      node.port = await bound(server, `${host}:${port === 0 ? 0 : port + index}`, secured);
    }
  } catch (error) {
    for (const server of servers) server.forceShutdown();
    log.close();
    throw error;
  }
  return {
    nodes,
    connectionString: `esdb://${nodes.map((node) => `${node.host}:${node.port}`).join(',')}?tls=${tls ? 'true' : 'false'}`,
    lead(index) {
      if (!nodes[index]) throw new RangeError(`there is no node ${index}`);
      leader = index;
    },
    scavenge: () => log.scavenge(),
    async close() {
      if (closed) return;
      closed = true;
      for (const node of nodes) node.recover();
      for (const server of servers) server.forceShutdown();
      log.close();
    },
  };
}

function serverOf(log: EventLog, nodes: readonly Node[], node: Node): Server {
  const server = new Server({ 'grpc.max_receive_message_length': MAX_MESSAGE, 'grpc.max_send_message_length': MAX_MESSAGE });
  server.addService(StreamsService, {
    read: readHandler(log, node),
    append: appendHandler(log, node),
    batchAppend: batchAppendHandler(log, node),
    delete: deleteHandler(log, node),
    tombstone: tombstoneHandler(log, node),
  });
  server.addService(GossipService, { read: gossipHandler(nodes, node) });
  server.addService(ServerFeaturesService, { getSupportedMethods: featuresHandler(node) });
  return server;
}

const bound = (server: Server, address: string, credentials: ServerCredentials): Promise<number> =>
  new Promise((resolve, reject) => server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port))));
