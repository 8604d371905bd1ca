import { romeDay, type AskLookup, type LookupOutcome } from '@geres/contracts';
import { randomUUID } from 'node:crypto';
import { ulid } from 'ulid';
import type { ConnectorProcess } from './connector-process.js';
import type { Witness } from './invariants.js';
import { oneOf } from './random.js';
import { MOTIVO, type Asker } from './world.js';

export interface CallersOptions {
  /** Codici fiscali that may be asked about. */
  readonly people: readonly string[];
  readonly random: () => number;
}

interface Question {
  readonly asker: Asker;
  readonly codiceFiscale: string;
  readonly key?: string;
}

/** The process died before it had told what came of the command. */
type Heard = LookupOutcome | 'died';

/** From the question to the last moment at which it may leave. */
const LOOKUP_MS = 60_000;
const ATTEMPTS = 3;

/**
 * Callers that ask one question after the other and remember everything they sent and heard, and the broker between them and the connector: what was not taken
 * comes again to the next process, what was taken sometimes too.
 */
export class Callers implements Witness {
  readonly sent = new Map<string, AskLookup>();
  readonly taken = new Set<string>();
  readonly heard: { readonly to: string; readonly outcome: LookupOutcome }[] = [];
  /** Of the connector's clock before that of the machine. */
  aheadMs = 0;
  /** Who asks from now on. */
  askers: readonly Asker[] = [];
  private readonly waiting = new Map<string, (heard: Heard) => void>();
  private process: ConnectorProcess | undefined;
  private up = Promise.withResolvers<void>();
  private stopped = false;
  private told = 0;
  private watching: { readonly at: number; readonly reached: () => void }[] = [];

  constructor(private readonly options: CallersOptions) {}

  /** Resolves when so many more outcomes have been told. */
  toldMore(outcomes: number): Promise<void> {
    return new Promise((reached) => this.watching.push({ at: this.told + outcomes, reached }));
  }

  readonly listener = {
    onTaken: (command: string): void => void this.taken.add(command),
    onAnswer: (to: string, outcome: LookupOutcome): void => {
      this.heard.push({ to, outcome });
      if (outcome.kind !== 'answered' && outcome.kind !== 'problem') return;
      this.told += 1;
      for (const { at, reached } of this.watching) if (this.told >= at) reached();
      this.watching = this.watching.filter(({ at }) => this.told < at);
      this.waiting.get(to)?.(outcome);
    },
  };

  /** Commands go to this process from now on; first those that its predecessors may not have taken. */
  started(process: ConnectorProcess): void {
    const { random } = this.options;
    for (const [id, command] of this.sent) if (!this.taken.has(id) || random() < 0.02) process.send(command);
    this.process = process;
    this.up.resolve();
  }

  died(): void {
    this.process = undefined;
    this.up = Promise.withResolvers();
    for (const hear of [...this.waiting.values()]) hear('died');
  }

  /** So many callers ask until `stop`. */
  async ask(callers: number): Promise<void> {
    await Promise.all(Array.from({ length: callers }, () => this.caller()));
  }

  stop(): void {
    this.stopped = true;
    this.up.resolve();
    for (const hear of [...this.waiting.values()]) hear('died');
  }

  /** Asks again with every key that there was. */
  async repeatKeys(): Promise<void> {
    const first = new Map([...this.sent.values()].flatMap((command) => (command.data.idempotencyKey === undefined ? [] : [[command.data.idempotencyKey, command] as const])));
    await Promise.all([...first.values()].map((command) => this.once(() => this.again(command))));
  }

  private async caller(): Promise<void> {
    while (!this.stopped) {
      const question = this.question();
      for (let attempt = 1; attempt <= ATTEMPTS && !this.stopped; attempt++) {
        const heard = await this.once(() => this.commandOf(question));
        if (question.key === undefined || !this.asksAgain(heard)) break;
      }
    }
  }

  private asksAgain(heard: Heard): boolean {
    const { random } = this.options;
    if (heard === 'died') return random() < 0.7;
    return heard.kind === 'problem' ? random() < 0.3 : random() < 0.1;
  }

  private async once(make: () => AskLookup): Promise<Heard> {
    await this.up.promise;
    if (!this.process) return 'died';
    const command = make();
    this.sent.set(command.id, command);
    const { promise, resolve } = Promise.withResolvers<Heard>();
    this.waiting.set(command.id, resolve);
    this.process.send(command);
    if (this.options.random() < 0.03) this.process.send(command);
    return promise.finally(() => this.waiting.delete(command.id));
  }

  private question(): Question {
    const { people, random } = this.options;
    return { asker: oneOf(this.askers, random), codiceFiscale: oneOf(people, random), ...(random() < 0.7 ? { key: randomUUID() } : {}) };
  }

  private commandOf({ asker, codiceFiscale, key }: Question): AskLookup {
    const { comune, ...who } = asker;
    const { user, ente, application, session } = who;
    const now = new Date(Date.now() + this.aheadMs);
    const caller = { user, ente, application, session, network: '127.0.0.1' };
    // The day that the simulator knows, however far the connector's clock has gone.
    const request = { servizio: 'residenza' as const, modalita: 'consultazione' as const, soggetto: { codiceFiscale }, motivo: this.options.random() < 0.08 ? 'IGNOTO' : MOTIVO, dataRiferimento: romeDay(new Date()) };
    return this.command(now, { comune, request, caller, correlationId: randomUUID(), ...(key === undefined ? {} : { idempotencyKey: key }) });
  }

  private again({ data: { lookup: _, ...data } }: AskLookup): AskLookup {
    return this.command(new Date(Date.now() + this.aheadMs), data);
  }

  private command(now: Date, data: Omit<AskLookup['data'], 'lookup'>): AskLookup {
    const lookup = ulid(now.getTime());
    return { type: 'anpr.lookup.ask', id: lookup, key: data.comune, issuedAt: now.toISOString(), expiresAt: new Date(now.getTime() + LOOKUP_MS).toISOString(), data: { lookup, ...data } };
  }
}
