import { randomUUID } from 'node:crypto';
import { accessDenied, cut, notLeader, unauthenticated, unavailable, type RpcError } from './statuses.js';

/** How the reply of an append that was done is lost: the connection breaks, or nothing is ever said. */
export type Loss = 'cut' | 'silent';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What a node asks about a call before it looks at it. */
export interface Call {
  readonly metadata: { get(key: string): readonly (string | Buffer)[] };
  readonly cancelled: boolean;
  on(event: 'cancelled', listener: () => void): unknown;
}

export interface NodeState {
  readonly leads: boolean;
  readonly stalled: boolean;
  readonly deaf: boolean;
  readonly unavailable: boolean;
  /** Subscriptions, long reads and batched appends that are open. */
  readonly running: number;
  readonly held: number;
  readonly said: number;
}

/** An answer that goes on: a subscription, a long read, a batched append. */
export interface Running {
  fail(error: RpcError): void;
  /** Nothing more is said on it; it stays open. */
  mute?(): void;
}

/** One node of the stand-in: who leads, and what is wrong with it at the moment. */
export class Node {
  readonly id = randomUUID();
  readonly host: string;
  port = 0;
  private stalling = Promise.resolve();
  private release: (() => void) | undefined;
  private deafening = Promise.resolve();
  private undeafen: (() => void) | undefined;
  private away = false;
  private losing: { readonly how: Loss; left: number } | undefined;
  readonly running = new Set<Running>();
  /** Answers that wait for a client that does not read them. */
  held = 0;
  /** Messages of reads and subscriptions that were sent. */
  said = 0;

  constructor(
    host: string,
    private readonly leader: () => Node,
    private readonly credentials: Credentials | undefined,
  ) {
    this.host = host;
  }

  get leads(): boolean {
    return this.leader() === this;
  }

  get state(): NodeState {
    return { leads: this.leads, stalled: this.release !== undefined, deaf: this.undeafen !== undefined, unavailable: this.away, running: this.running.size, held: this.held, said: this.said };
  }

  /** Nothing is answered any more: calls hang, subscriptions are silent, connections stay. */
  stall(): void {
    if (this.release) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.stalling = promise;
    this.release = resolve;
  }

  /** Appends are done and answered, while subscriptions are silent: a node that its leader no longer reaches. */
  deafen(): void {
    if (this.undeafen) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.deafening = promise;
    this.undeafen = resolve;
  }

  /** Every call is refused as a server that starts or stops does; subscriptions end. */
  leave(): void {
    this.away = true;
    this.drop(unavailable());
  }

  /** Whatever was wrong is over. */
  recover(): void {
    this.away = false;
    this.losing = undefined;
    this.release?.();
    this.release = undefined;
    this.undeafen?.();
    this.undeafen = undefined;
  }

  /** The replies of the next `count` appends are lost; the appends are done. */
  loseReplies(count: number, how: Loss): void {
    this.losing = { how, left: count };
  }

  /** What runs ends, as when its connection breaks. */
  drop(error: RpcError = cut()): void {
    for (const one of [...this.running]) one.fail(error);
  }

  /** What runs falls silent for ever, while whatever begins after it is well: connections that nobody has noticed to be dead. */
  mute(): void {
    for (const one of this.running) one.mute?.();
  }

  /** Resolves when the call may be looked at. Errors: `RpcError`. */
  async admit(call: Call, { anonymous = false } = {}): Promise<void> {
    await this.stalling;
    if (this.away) throw unavailable();
    if (!anonymous) this.authenticate(call);
    if (!this.leads && call.metadata.get('requires-leader').includes('true')) {
      const { host, port } = this.leader();
      throw notLeader(host, port);
    }
  }

  /** Resolves when a subscription may say something. */
  async hears(): Promise<void> {
    await this.stalling;
    await this.deafening;
  }

  answers(): Promise<void> {
    return this.stalling;
  }

  /** How the reply that is about to be sent is lost, if it is. */
  loses(): Loss | undefined {
    if (!this.losing || this.losing.left <= 0) return undefined;
    this.losing.left -= 1;
    return this.losing.how;
  }

  private authenticate(call: Call): void {
    if (!this.credentials) return;
    const [given] = call.metadata.get('authorization');
    if (given === undefined) throw accessDenied();
    const expected = Buffer.from(`${this.credentials.username}:${this.credentials.password}`).toString('base64');
    if (String(given) !== `Basic ${expected}`) throw unauthenticated();
  }
}
