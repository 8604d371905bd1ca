import type { ReadResp as ReadRespMessage } from '@eventstore/db-client/generated/streams_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { StreamIdentifier, UUID as UuidMessage } from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { Proposed, Stored } from './event-log.js';
import { requiredMetadataMissing } from './statuses.js';

const { ReadResp } = streamsPb;
const { Empty, StreamIdentifier: Identifier, UUID } = sharedPb;

/** .NET ticks (100 ns) in a millisecond: the unit of `created`. */
const TICKS = 10_000n;

export const nameOf = (identifier: StreamIdentifier | undefined): string => Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

export function identifierOf(stream: string): StreamIdentifier {
  const identifier = new Identifier();
  identifier.setStreamName(Buffer.from(stream, 'utf8'));
  return identifier;
}

/** Clients write UUIDs as text or as two numbers of 64 bit. */
export function uuidOf(message: UuidMessage | undefined): string {
  const structured = message?.getStructured();
  if (!structured) return message?.getString().toLowerCase() ?? '';
  const hex = [structured.getMostSignificantBits(), structured.getLeastSignificantBits()].map((bits) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

export function uuidMessage(id: string, structured: boolean): UuidMessage {
  const message = new UUID();
  if (!structured) {
    message.setString(id);
    return message;
  }
  const hex = id.replaceAll('-', '');
  const bits = new UUID.Structured();
  bits.setMostSignificantBits(BigInt.asIntN(64, BigInt(`0x${hex.slice(0, 16)}`)).toString());
  bits.setLeastSignificantBits(BigInt.asIntN(64, BigInt(`0x${hex.slice(16)}`)).toString());
  message.setStructured(bits);
  return message;
}

/** What both kinds of append say of an event. */
interface ProposedMessage {
  getId(): UuidMessage | undefined;
  getMetadataMap(): { get(key: string): string | undefined };
  getData_asU8(): Uint8Array;
  getCustomMetadata_asU8(): Uint8Array;
}

/** Errors: a `RpcError`, where type or content type is not said. */
export function proposedOf(message: ProposedMessage): Proposed {
  const said = message.getMetadataMap();
  const type = said.get('type');
  const contentType = said.get('content-type');
  if (type === undefined) throw requiredMetadataMissing('type');
  if (contentType === undefined) throw requiredMetadataMissing('content-type');
  return { id: uuidOf(message.getId()), type, json: contentType === 'application/json' ? 1 : 0, data: message.getData_asU8(), metadata: message.getCustomMetadata_asU8() };
}

export const sizeOf = ({ type, data, metadata }: Proposed): number => 2 * type.length + data.length + metadata.length;

export function eventMessage(record: Stored, structured: boolean): ReadRespMessage {
  const recorded = new ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(uuidMessage(record.id, structured));
  recorded.setStreamIdentifier(identifierOf(record.stream));
  recorded.setStreamRevision(String(record.revision));
  recorded.setCommitPosition(String(record.position));
  recorded.setPreparePosition(String(record.position));
  recorded.setData(record.data);
  recorded.setCustomMetadata(record.metadata);
  recorded
    .getMetadataMap()
    .set('type', record.type)
    .set('content-type', record.json ? 'application/json' : 'application/octet-stream')
    .set('created', String(BigInt(record.created) * TICKS));
  const event = new ReadResp.ReadEvent();
  event.setEvent(recorded);
  event.setCommitPosition(String(record.position));
  const message = new ReadResp();
  message.setEvent(event);
  return message;
}

export function confirmation(id: string): ReadRespMessage {
  const confirmed = new ReadResp.SubscriptionConfirmation();
  confirmed.setSubscriptionId(id);
  const message = new ReadResp();
  message.setConfirmation(confirmed);
  return message;
}

export function checkpoint(position: number): ReadRespMessage {
  const reached = new ReadResp.Checkpoint();
  reached.setCommitPosition(String(position));
  reached.setPreparePosition(String(position));
  const message = new ReadResp();
  message.setCheckpoint(reached);
  return message;
}

export function caughtUp(): ReadRespMessage {
  const message = new ReadResp();
  message.setCaughtUp(new ReadResp.CaughtUp());
  return message;
}

export function fellBehind(): ReadRespMessage {
  const message = new ReadResp();
  message.setFellBehind(new ReadResp.FellBehind());
  return message;
}

export function streamNotFound(stream: string): ReadRespMessage {
  const notFound = new ReadResp.StreamNotFound();
  notFound.setStreamIdentifier(identifierOf(stream));
  const message = new ReadResp();
  message.setStreamNotFound(notFound);
  return message;
}

export const empty = (): InstanceType<typeof Empty> => new Empty();
