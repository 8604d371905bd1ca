import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Node } from './node.js';
import { rpcErrorOf } from './statuses.js';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** The answers of one read: they wait for a node that is silent and for a client that is slow. */
export class Responses {
  private readonly gone: Promise<void>;
  private leave!: () => void;
  private over = false;

  constructor(
    private readonly call: ReadCall,
    private readonly node: Node,
    private readonly subscription: boolean,
  ) {
    this.gone = new Promise((resolve) => (this.leave = resolve));
    const dropped = (error: unknown): void => this.fail(error);
    node.dropping.add(dropped);
    void this.gone.then(() => node.dropping.delete(dropped));
    call.on('cancelled', () => this.finish());
    call.on('close', () => this.finish());
  }

  get ended(): boolean {
    return this.over;
  }

  /** Resolves when the next one may be written. */
  async say(response: ReadResp): Promise<void> {
    await Promise.race([this.subscription ? this.node.hears() : this.node.answers(), this.gone]);
    if (this.over || this.call.write(response)) return;
    await Promise.race([new Promise<void>((resolve) => this.call.once('drain', resolve)), this.gone]);
  }

  /** Resolves when the promise does, or when the client has gone. */
  async orGone(promise: Promise<unknown>): Promise<void> {
    await Promise.race([promise, this.gone]);
  }

  end(): void {
    if (this.over) return;
    this.finish();
    this.call.end();
  }

  fail(error: unknown): void {
    if (this.over) return;
    this.finish();
    this.call.emit('error', rpcErrorOf(error));
  }

  private finish(): void {
    this.over = true;
    this.leave();
  }
}
