import type { Credentials, EventStoreDBClient } from '@eventstore/db-client';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { ReadResp } from '@eventstore/db-client/generated/streams_pb.js';

type Read = StreamsClient['read'];

/** What the client does its own reads with, and keeps for classes made of it. */
interface Reading {
  readonly GRPCStreamCreator: (service: typeof StreamsClient, name: string, begin: (service: StreamsClient) => ReturnType<Read>) => () => Promise<ReturnType<Read>>;
  readonly callArguments: (base: { readonly credentials: Credentials }, options: { readonly deadline: number }) => Parameters<Read> extends [unknown, ...infer Rest] ? Rest : never;
}

const BACKWARDS = 1;
/** Records that the server looks at before it looks for the next. */
const WINDOW = 500;

/**
 * Commit positions of the last so many records of `$all` in streams whose name the expression finds, the last first. The server filters reads as it does subscriptions and the client only
 * cannot ask for it: without this every tick since would come, too, and of ticks there are millions between two scavenges. Errors: those of the client.
 */
export async function lastCommits(client: EventStoreDBClient, credentials: Credentials, regex: string, count: number): Promise<readonly bigint[]> {
  const { convertToCommandError } = await import('@eventstore/db-client');
  const { default: shared } = await import('@eventstore/db-client/generated/shared_pb.js');
  const { default: streams } = await import('@eventstore/db-client/generated/streams_pb.js');
  const { default: services } = await import('@eventstore/db-client/generated/streams_grpc_pb.js');
  const { Options } = streams.ReadReq;
  const nothing = new shared.Empty();
  const expression = new Options.FilterOptions.Expression().setRegex(regex);
  const filter = new Options.FilterOptions().setStreamIdentifier(expression).setMax(WINDOW).setCheckpointintervalmultiplier(1);
  const options = new Options().setAll(new Options.AllOptions().setEnd(nothing)).setReadDirection(BACKWARDS).setCount(String(count)).setFilter(filter).setUuidOption(new Options.UUIDOption().setString(nothing));
  const reading = client as unknown as Reading;
  const responses = await reading.GRPCStreamCreator(services.StreamsClient, 'readAll', (service) =>
    service.read(new streams.ReadReq().setOptions(options), ...reading.callArguments({ credentials }, { deadline: Infinity })),
  )();
  responses.on('error', () => undefined);
  try {
    const found: bigint[] = [];
    for await (const response of responses as AsyncIterable<ReadResp>) {
      const event = response.getEvent()?.getEvent();
      if (event) found.push(BigInt(event.getCommitPosition()));
    }
    return found;
  } catch (error) {
    throw convertToCommandError(error as Error);
  } finally {
    responses.cancel();
  }
}
