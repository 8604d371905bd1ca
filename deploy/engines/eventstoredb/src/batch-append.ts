import type { BatchAppendReq, BatchAppendResp as BatchAppendRespMessage } from '@eventstore/db-client/generated/streams_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import type { Message } from 'google-protobuf';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js';
import { MAX_APPEND_SIZE } from './append.js';
import type { Expected } from './commit-check.js';
import type { AppendOutcome, EventLog, Proposed } from './event-log.js';
import { identifierOf, nameOf, proposedOf, sizeOf, uuidOf } from './messages.js';
import type { Node } from './node.js';
import { cut, rpcErrorOf } from './statuses.js';

const { BatchAppendResp } = streamsPb;

interface Pending {
  readonly stream: string;
  readonly expected: Expected;
  readonly deadline: number;
  readonly events: Proposed[];
  size: number;
}

type Duplex = ServerDuplexStream<BatchAppendReq, BatchAppendRespMessage>;

/** `Streams.BatchAppend`: appends of one client over one call, each answered by its correlation id when it is done. */
export const batchAppendHandler = (log: EventLog, node: Node): handleBidiStreamingCall<BatchAppendReq, BatchAppendRespMessage> => (call) => {
  const pending = new Map<string, Pending>();
  const working = new Set<Promise<void>>();
  const end = (error: unknown): void => void call.emit('error', rpcErrorOf(error));
  const running = { fail: end };
  node.running.add(running);
  call.on('cancelled', () => node.running.delete(running));
  call.on('data', (request: BatchAppendReq) => {
    const work = one(request).catch(end);
    working.add(work);
    void work.finally(() => working.delete(work));
  });
  call.on('end', () => void Promise.all(working).then(() => {
    node.running.delete(running);
    call.end();
  }));

  async function one(request: BatchAppendReq): Promise<void> {
    const correlation = request.getCorrelationId();
    const id = uuidOf(correlation);
    const options = request.getOptions();
    if (options && !pending.has(id)) {
      pending.set(id, { stream: nameOf(options.getStreamIdentifier()), expected: expectedOf(options), deadline: options.getDeadline()?.toDate().getTime() ?? Infinity, events: [], size: 0 });
    }
    const append = pending.get(id);
    if (!append) return;
    for (const message of request.getProposedMessagesList()) {
      const event = proposedOf(message);
      append.size += sizeOf(event);
      append.events.push(event);
    }
    const response = new BatchAppendResp();
    response.setCorrelationId(correlation);
    response.setStreamIdentifier(identifierOf(append.stream));
    if (append.size > MAX_APPEND_SIZE) {
      pending.delete(id);
      const tooLarge = new sharedPb.MaximumAppendSizeExceeded();
      tooLarge.setMaxappendsize(MAX_APPEND_SIZE);
      return say(call, response, failure('MaximumAppendSizeExceeded', 3, tooLarge));
    }
    if (!request.getIsFinal()) return;
    pending.delete(id);
    await node.admit(call);
    if (Date.now() > append.deadline) return say(call, response, failure('Timeout', 4, new sharedPb.Timeout()));
    const outcome = await log.append(append);
    const loss = node.loses();
    if (loss === 'silent') return;
    if (loss === 'cut') throw cut();
    await node.answers();
    if (outcome.done) response.setSuccess(success(outcome));
    say(call, response, outcome.done ? undefined : refusal(append, outcome));
  }
};

function say(call: Duplex, response: BatchAppendRespMessage, error: InstanceType<typeof statusPb.Status> | undefined): void {
  if (error) response.setError(error);
  if (!call.cancelled) call.write(response);
}

function failure(message: string, code: number, details: Message, type = message): InstanceType<typeof statusPb.Status> {
  const any = new anyPb.Any();
  any.pack(details.serializeBinary(), `event_store.client.${type}`);
  const status = new statusPb.Status();
  status.setMessage(message);
  status.setCode(code);
  status.setDetails(any);
  return status;
}

function refusal({ stream, expected }: Pending, outcome: Extract<AppendOutcome, { done: false }>): InstanceType<typeof statusPb.Status> {
  if (outcome.why === 'deleted') {
    const deleted = new sharedPb.StreamDeleted();
    deleted.setStreamIdentifier(identifierOf(stream));
    return failure('StreamDeleted', 5, deleted);
  }
  const wrong = new sharedPb.WrongExpectedVersion();
  if (outcome.current < 0) wrong.setCurrentNoStream(new emptyPb.Empty());
  else wrong.setCurrentStreamRevision(String(outcome.current));
  if (expected === 'any') wrong.setExpectedAny(new emptyPb.Empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(new emptyPb.Empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new emptyPb.Empty());
  else wrong.setExpectedStreamPosition(String(expected));
  return failure('WrongExpectedVersion', 6, wrong);
}

function expectedOf(options: BatchAppendReq.Options): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamExists()) return 'stream-exists';
  if (options.hasStreamPosition()) return Number(options.getStreamPosition());
  return 'any';
}

function success({ revision, position }: Extract<AppendOutcome, { done: true }>): BatchAppendRespMessage.Success {
  const done = new BatchAppendResp.Success();
  if (revision < 0) done.setNoStream(new emptyPb.Empty());
  else done.setCurrentRevision(String(revision));
  if (position === undefined) {
    done.setNoPosition(new emptyPb.Empty());
    return done;
  }
  const at = new sharedPb.AllStreamPosition();
  at.setCommitPosition(String(position));
  at.setPreparePosition(String(position));
  done.setPosition(at);
  return done;
}
