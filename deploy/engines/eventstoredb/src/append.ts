import type { AppendReq, AppendResp as AppendRespMessage } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { handleClientStreamingCall, sendUnaryData, ServerReadableStream } from '@grpc/grpc-js';
import type { AppendOutcome, AppendRequest, EventLog, Proposed } from './event-log.js';
import type { Expected } from './commit-check.js';
import { empty, nameOf, proposedOf, sizeOf } from './messages.js';
import type { Node } from './node.js';
import { appendTooLarge, cut, invalidArgument, rpcErrorOf, streamDeleted } from './statuses.js';

const { AppendResp } = streamsPb;

/** Bytes of one append at most, as the server's default. */
export const MAX_APPEND_SIZE = 1024 * 1024;

/** `Streams.Append`: options first, then one message an event; whole or not at all. */
export const appendHandler = (log: EventLog, node: Node): handleClientStreamingCall<AppendReq, AppendRespMessage> => (call, callback) => {
  received(call)
    .then(async (request) => {
      await node.admit(call);
      const outcome = await log.append(request);
      const loss = node.loses();
      if (loss === 'silent') return;
      if (loss === 'cut') throw cut();
      await node.answers();
      callback(null, responseOf(request, outcome));
    })
    .catch((error: unknown) => fail(callback, error));
};

const fail = (callback: sendUnaryData<AppendRespMessage>, error: unknown): void => callback(rpcErrorOf(error));

async function received(call: ServerReadableStream<AppendReq, AppendRespMessage>): Promise<AppendRequest> {
  let options: AppendReq.Options | undefined;
  const events: Proposed[] = [];
  let size = 0;
  for await (const message of call as AsyncIterable<AppendReq>) {
    if (!options) {
      options = message.getOptions();
      if (!options) throw invalidArgument('the first message of an append is its options');
      continue;
    }
    const proposed = message.getProposedMessage();
    if (!proposed) throw invalidArgument('after its options an append is a list of events');
    const event = proposedOf(proposed);
    size += sizeOf(event);
    if (size > MAX_APPEND_SIZE) throw appendTooLarge(MAX_APPEND_SIZE);
    events.push(event);
  }
  if (!options) throw invalidArgument('an append without options');
  return { stream: nameOf(options.getStreamIdentifier()), expected: expectedOf(options), events };
}

function expectedOf(options: AppendReq.Options): Expected {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamExists()) return 'stream-exists';
  if (options.hasRevision()) return Number(options.getRevision());
  throw invalidArgument('an append without an expected revision');
}

function responseOf({ stream, expected }: AppendRequest, outcome: AppendOutcome): AppendRespMessage {
  const response = new AppendResp();
  if (outcome.done) {
    response.setSuccess(success(outcome.revision, outcome.position));
    return response;
  }
  if (outcome.why === 'deleted') throw streamDeleted(stream);
  const wrong = new AppendResp.WrongExpectedVersion();
  // Older clients read the fields of 20.6, newer ones those that came after; the server fills both.
  if (outcome.current < 0) {
    wrong.setCurrentNoStream(empty());
    wrong.setNoStream2060(empty());
  } else {
    wrong.setCurrentRevision(String(outcome.current));
    wrong.setCurrentRevision2060(outcome.current);
  }
  if (expected === 'any') wrong.setExpectedAny(empty()).setAny2060(empty());
  else if (expected === 'no-stream') wrong.setExpectedNoStream(empty());
  else if (expected === 'stream-exists') wrong.setExpectedStreamExists(empty()).setStreamExists2060(empty());
  else wrong.setExpectedRevision(String(expected)).setExpectedRevision2060(expected);
  response.setWrongExpectedVersion(wrong);
  return response;
}

function success(revision: number, position: number | undefined): AppendRespMessage.Success {
  const done = new AppendResp.Success();
  if (revision < 0) done.setNoStream(empty());
  else done.setCurrentRevision(String(revision));
  if (position === undefined) {
    done.setNoPosition(empty());
    return done;
  }
  const at = new AppendResp.Position();
  at.setCommitPosition(String(position));
  at.setPreparePosition(String(position));
  done.setPosition(at);
  return done;
}
