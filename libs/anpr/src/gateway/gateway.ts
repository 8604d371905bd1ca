import { LOOKUP_COMMANDS, type AskLookup, type CollectLookup, type LookupCaller, type LookupRequest } from '@geres/contracts';
import { BusUnavailable, type CommandBus } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import { failHttp } from '@geres/platform/http';
import { failLookup } from '../lookup/lookup.problems.js';
import { lookupId } from './lookup-id.js';
import type { Preference } from './prefer.js';
import type { Heard, Patience, Pending, Told } from './pending.js';

/** A caller that does not want to wait still waits for the word that its request is recorded. */
const RECORDED_MS = 30_000;
/** A request that is taken in the last moment is recorded a moment later, and the word of it comes later still. */
const WORD_MS = 2000;
const COLLECT_MS = 10_000;

export interface Asked {
  readonly comune: string;
  readonly request: LookupRequest;
  readonly caller: LookupCaller;
  readonly idempotencyKey?: string;
  readonly correlationId: string;
}

/** Makes commands of what callers ask, and waits for what comes of them. */
export class Gateway {
  private closed = false;

  constructor(
    private readonly bus: CommandBus,
    private readonly pending: Pending,
    private readonly clock: Clock,
  ) {}

  /** Resolves with what was heard in time, and the id of the lookup. Errors: `richiesta-non-registrata`. */
  async ask({ comune, request, caller, idempotencyKey, correlationId }: Asked, { wait }: Preference): Promise<{ readonly lookup: string; readonly heard: Told }> {
    const now = this.clock();
    const lookup = lookupId(now);
    // Who is told that nothing is known of the request must not find it done later: past this nobody takes it up.
    const takenByMs = wait === 0 ? RECORDED_MS : wait * 1000;
    const command: AskLookup = {
      type: 'anpr.lookup.ask',
      id: lookup,
      key: comune,
      issuedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + takenByMs).toISOString(),
      data: { lookup, comune, request, caller, correlationId, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) },
    };
    const heard = await this.sent(command, { outcomeMs: wait * 1000, recordMs: takenByMs + WORD_MS });
    if (heard.kind === 'nothing') throw failLookup('richiesta-non-registrata', { richiesta: lookup });
    return { lookup, heard };
  }

  /** Errors: `servizio-non-pronto`. */
  async collect(comune: string, lookup: string, caller: LookupCaller, correlationId: string): Promise<Told> {
    const now = this.clock();
    const command: CollectLookup = {
      type: 'anpr.lookup.collect',
      id: lookupId(now),
      key: comune,
      issuedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + COLLECT_MS).toISOString(),
      data: { lookup, comune, caller, correlationId },
    };
    const heard = await this.sent(command, { outcomeMs: COLLECT_MS, recordMs: 0 });
    if (heard.kind === 'nothing') throw failHttp('servizio-non-pronto');
    return heard;
  }

  /** Takes no more questions. */
  close(): void {
    this.closed = true;
  }

  private async sent(command: AskLookup | CollectLookup, patience: Patience): Promise<Heard> {
    if (this.closed) throw failHttp('servizio-non-pronto');
    const waiting = this.pending.wait(command.id, patience);
    try {
      await this.bus.send(LOOKUP_COMMANDS, command);
    } catch (error) {
      waiting.forget();
      if (error instanceof BusUnavailable) return { kind: 'nothing' };
      throw error;
    }
    return waiting.heard;
  }
}
