import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { Node, Running } from './node.js';
import { rpcErrorOf } from './statuses.js';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** The answers of one read: they wait for a node that is silent and for a client that is slow. */
export class Responses implements Running {
  private readonly gone: Promise<void>;
  private leave!: () => void;
  private over = false;
  private muted = false;

  constructor(
    private readonly call: ReadCall,
    private readonly node: Node,
    private readonly subscription: boolean,
  ) {
    this.gone = new Promise((resolve) => (this.leave = resolve));
    node.running.add(this);
    void this.gone.then(() => node.running.delete(this));
    call.on('cancelled', () => this.finish());
    call.on('close', () => this.finish());
  }

  get ended(): boolean {
    return this.over;
  }

  /** Resolves when the next one may be written. */
  async say(response: ReadResp): Promise<void> {
    await Promise.race([this.subscription ? this.node.hears() : this.node.answers(), this.gone]);
    if (this.muted) await this.gone;
    if (this.over) return;
    this.node.said += 1;
    if (this.call.write(response)) return;
    this.node.held += 1;
    await Promise.race([new Promise<void>((resolve) => this.call.once('drain', resolve)), this.gone]);
    this.node.held -= 1;
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

  mute(): void {
    this.muted = true;
  }

  private finish(): void {
    this.over = true;
    this.leave();
  }
}
