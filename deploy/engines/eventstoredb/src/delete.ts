import type { DeleteReq, DeleteResp as DeleteRespMessage, TombstoneReq, TombstoneResp as TombstoneRespMessage } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { handleUnaryCall } from '@grpc/grpc-js';
import { randomUUID } from 'node:crypto';
import { TOMBSTONE, type EventLog } from './event-log.js';
import { nameOf } from './messages.js';
import type { Node } from './node.js';
import { rpcErrorOf, streamDeleted, wrongVersion } from './statuses.js';
import { DELETED_BEFORE, metastreamOf } from './stream-limits.js';

const { DeleteResp, TombstoneResp } = streamsPb;

/** `Streams.Delete`: the stream is as if it were not there, until it is written again; its events stay in `$all` until the next scavenge. */
export const deleteHandler = (log: EventLog, node: Node): handleUnaryCall<DeleteReq, DeleteRespMessage> => (call, callback) => {
  node
    .admit(call)
    .then(async () => {
      const stream = checked(log, call.request.getOptions());
      // JSON of JavaScript has no integer this large.
      const data = Buffer.from(`{"$tb":${DELETED_BEFORE}}`);
      const outcome = await log.append({ stream: metastreamOf(stream), expected: 'any', events: [{ id: randomUUID(), type: '$metadata', json: 1, data, metadata: new Uint8Array() }] });
      await node.answers();
      const at = new DeleteResp.Position();
      at.setCommitPosition(String(outcome.done ? outcome.position : log.end));
      at.setPreparePosition(at.getCommitPosition());
      callback(null, new DeleteResp().setPosition(at));
    })
    .catch((error: unknown) => callback(rpcErrorOf(error)));
};

/** `Streams.Tombstone`: the stream is ended for ever. */
export const tombstoneHandler = (log: EventLog, node: Node): handleUnaryCall<TombstoneReq, TombstoneRespMessage> => (call, callback) => {
  node
    .admit(call)
    .then(async () => {
      const position = log.tombstone(checked(log, call.request.getOptions()));
      await node.answers();
      const at = new TombstoneResp.Position();
      at.setCommitPosition(String(position));
      at.setPreparePosition(String(position));
      callback(null, new TombstoneResp().setPosition(at));
    })
    .catch((error: unknown) => callback(rpcErrorOf(error)));
};

/** Name of the stream, if what is expected of it holds. Errors: `RpcError`. */
function checked(log: EventLog, options: DeleteReq.Options | TombstoneReq.Options | undefined): string {
  const stream = nameOf(options?.getStreamIdentifier());
  const last = log.lastRevision(stream);
  if (last === TOMBSTONE) throw streamDeleted(stream);
  const expected = options?.hasNoStream() ? -1 : options?.hasRevision() ? Number(options.getRevision()) : undefined;
  if (expected !== undefined && expected !== last) throw wrongVersion(stream, expected, last);
  if (options?.hasStreamExists() && last < 0) throw wrongVersion(stream, -4, last);
  return stream;
}
