import { CONNECTION_COMMANDS, ConnectionAnswer, type AdministerConnection, type Channel, type ConnectionAction } from '@geres/contracts';
import { BusUnavailable, Problem, WrongVersion, type CommandBus } from '@geres/kernel';
import { newUlid, type Clock } from '@geres/platform';
import type { Caller } from '@geres/platform/auth';
import { failHttp } from '@geres/platform/http';
import { failConnection } from '../connection.problems.js';
import { connectionStream } from '../connection.domain.js';

export type Done = Extract<ConnectionAnswer['data'], { readonly kind: 'done' }>;

/** One act of administration, on its way to the connector. */
export interface Act {
  readonly comune: string;
  readonly channel: Channel;
  readonly caller: Caller;
  readonly action: ConnectionAction;
  /** Version that the caller has seen. */
  readonly expected?: number | undefined;
}

/** Milliseconds for an answer: a test waits for ANPR or PDND, everything else for the connector alone. */
export interface Patience {
  readonly test: number;
  readonly other: number;
}
const PATIENCE: Patience = { test: 45_000, other: 15_000 };

/** Acts that wait for the connector's answer. Every instance of administration hears every answer, and keeps only its own. */
export class ConnectorRelay {
  private readonly waiting = new Map<string, (answer: ConnectionAnswer['data'] | undefined) => void>();
  private closed = false;

  constructor(
    private readonly bus: CommandBus,
    private readonly clock: Clock,
    private readonly patience: Patience = PATIENCE,
  ) {}

  /** For the answers topic. What cannot be parsed is nobody's answer. */
  readonly hear = (message: unknown): void => {
    const to = (message as { readonly to?: unknown } | null)?.to;
    const settle = typeof to === 'string' ? this.waiting.get(to) : undefined;
    if (!settle) return;
    const answer = ConnectionAnswer.safeParse(message);
    if (answer.success) settle(answer.data.data);
  };

  /** Sends the act and waits for what came of it. Errors: `connettore-muto`, whatever the connector refused it with, `WrongVersion`. */
  async ask({ comune, channel, caller, action, expected }: Act): Promise<Done> {
    if (this.closed) throw failHttp('servizio-non-pronto');
    const now = this.clock();
    const patienceMs = action.kind === 'test' ? this.patience.test : this.patience.other;
    const command: AdministerConnection = {
      type: 'anpr.connection.administer',
      id: newUlid(now.getTime()),
      key: comune,
      issuedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + patienceMs).toISOString(),
      data: {
        comune,
        channel,
        by: { user: userOf(caller), application: caller.application, ...(caller.session === undefined ? {} : { session: caller.session }) },
        correlationId: caller.correlationId,
        ...(expected === undefined ? {} : { expected }),
        action,
      },
    };
    const answer = await this.sent(command, patienceMs);
    if (answer === undefined) throw failConnection('connettore-muto');
    if (answer.kind === 'done') return answer;
    throw problemOf(answer, connectionStream(comune, channel));
  }

  /** Nobody waits any more. */
  close(): void {
    this.closed = true;
    for (const settle of [...this.waiting.values()]) settle(undefined);
  }

  private async sent(command: AdministerConnection, patienceMs: number): Promise<ConnectionAnswer['data'] | undefined> {
    const { promise, resolve } = Promise.withResolvers<ConnectionAnswer['data'] | undefined>();
    const timer = setTimeout(() => resolve(undefined), patienceMs);
    this.waiting.set(command.id, resolve);
    try {
      await this.bus.send(CONNECTION_COMMANDS, command);
      return await promise;
    } catch (error) {
      if (error instanceof BusUnavailable) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
      this.waiting.delete(command.id);
    }
  }
}

/** An administrator is a person. Errors: `non-autorizzato`. */
export function userOf({ user }: Caller): string {
  if (user === undefined) throw failHttp('non-autorizzato');
  return user;
}

type Code = keyof typeof failConnection.catalogue;

/** What the connector refused, as if it had been refused here: the words are those of this release. */
function problemOf({ code, parameters }: Extract<ConnectionAnswer['data'], { readonly kind: 'refused' }>, stream: string): Error {
  const { expected, actual } = parameters;
  if (code === WRONG_VERSION) return new WrongVersion(stream, Number(expected), Number(actual));
  const entry = Object.hasOwn(failConnection.catalogue, code) ? failConnection.catalogue[code as Code] : undefined;
  if (!entry) return failHttp('errore-interno');
  return new Problem(code, entry.status, entry.title, (entry.detail as (parameters: object) => string)(parameters), parameters, entry.retryAfter);
}

/** How the connector tells that the connection has another version than the caller has seen. */
export const WRONG_VERSION = 'versione-superata';
