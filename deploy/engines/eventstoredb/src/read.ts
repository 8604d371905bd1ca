import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { handleServerStreamingCall } from '@grpc/grpc-js';
import type { EventLog } from './event-log.js';
import { filterOf, type Filter } from './filter.js';
import { eventMessage, nameOf, streamNotFound } from './messages.js';
import type { Node } from './node.js';
import { Responses } from './responses.js';
import { invalidArgument, streamDeleted } from './statuses.js';
import { followAll, followStream } from './subscription.js';

/** `ReadDirection.FORWARDS` of the service definition, which the client ships as types alone. */
const FORWARDS = 0;
/** Records that are read from the file at once. */
const BATCH = 100;

/** `Streams.Read`: a stream or `$all`, once or for as long as the client listens. */
export const readHandler = (log: EventLog, node: Node): handleServerStreamingCall<ReadReq, ReadResp> => (call) => {
  const options = call.request.getOptions();
  const responses = new Responses(call, node, options?.hasSubscription() ?? false);
  node
    .admit(call)
    .then(() => (options ? read(log, options, responses) : responses.fail(invalidArgument('a read without options'))))
    .catch((error: unknown) => responses.fail(error));
};

async function read(log: EventLog, options: ReadReq.Options, responses: Responses): Promise<void> {
  const structured = options.getUuidOption()?.hasStructured() ?? false;
  const stream = options.getStream();
  const all = options.getAll();
  if (options.hasSubscription()) {
    if (stream) return followStream(log, nameOf(stream.getStreamIdentifier()), stream.hasRevision() ? Number(stream.getRevision()) : stream.hasEnd() ? 'end' : 'start', structured, responses);
    return followAll(log, all?.getPosition() ? Number(all.getPosition()!.getCommitPosition()) : all?.hasEnd() ? 'end' : 'start', filterOf(options), structured, responses);
  }
  const direction = Number(options.getReadDirection()) === FORWARDS ? 'forwards' : 'backwards';
  const count = Number(options.getCount());
  if (count === 0) throw invalidArgument('a read of no events');
  if (stream) await readStream(log, nameOf(stream.getStreamIdentifier()), stream.hasRevision() ? Number(stream.getRevision()) : stream.hasEnd() ? 'end' : 'start', direction, count, structured, responses);
  else await readAll(log, fromOf(log, all), direction, count, filterOf(options), structured, responses);
  responses.end();
}

function fromOf(log: EventLog, all: ReadReq.Options.AllOptions | undefined): number {
  const position = all?.getPosition();
  return position ? Number(position.getCommitPosition()) : all?.hasEnd() ? log.end : 0;
}

async function readStream(log: EventLog, stream: string, from: number | 'start' | 'end', direction: 'forwards' | 'backwards', count: number, structured: boolean, responses: Responses): Promise<void> {
  let left = count;
  let at: number | 'start' | 'end' | undefined = from;
  while (at !== undefined && left > 0 && !responses.ended) {
    const page = log.readStream(stream, at, direction, Math.min(BATCH, left));
    if (page.result === 'deleted') throw streamDeleted(stream);
    if (page.result === 'no-stream') return responses.say(streamNotFound(stream));
    for (const record of page.events) await responses.say(eventMessage(record, structured));
    left -= page.events.length;
    at = page.goOn;
  }
}

async function readAll(log: EventLog, from: number, direction: 'forwards' | 'backwards', count: number, filter: Filter | undefined, structured: boolean, responses: Responses): Promise<void> {
  let left = count;
  let at = from;
  while (left > 0 && !responses.ended) {
    const records = log.readAll(at, direction, filter ? filter.window : Math.min(BATCH, left));
    const last = records.at(-1);
    if (!last) return;
    for (const record of records) {
      if (left === 0) return;
      if (filter && !filter.allows(record)) continue;
      await responses.say(eventMessage(record, structured));
      left -= 1;
    }
    at = direction === 'forwards' ? last.next : last.position;
  }
}
