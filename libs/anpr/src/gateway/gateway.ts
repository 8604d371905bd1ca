import { LOOKUP_COMMANDS, type AskLookup, type CollectLookup, type LookupCaller, type LookupRequest } from '@geres/contracts';
import { BusUnavailable, type CommandBus } from '@geres/kernel';
import { newUlid, type Clock } from '@geres/platform';
import { failLookup } from '../lookup/lookup.problems.js';
import type { Preference } from './prefer.js';
import type { Heard, Pending } from './pending.js';

/** From the arrival of a lookup to the last moment at which it may leave for ANPR. */
export const LOOKUP_MS = 60_000;
/** A caller that does not want to wait still waits for the word that its request is recorded. */
const RECORDED_SECONDS = 30;
const COLLECT_SECONDS = 10;

export interface Asked {
  readonly comune: string;
  readonly request: LookupRequest;
  readonly caller: LookupCaller;
  readonly idempotencyKey?: string;
  readonly correlationId: string;
}

/** Makes commands of what callers ask, and waits for what comes of them. */
export class Gateway {
  constructor(
    private readonly bus: CommandBus,
    private readonly pending: Pending,
    private readonly clock: Clock,
  ) {}

  /** Resolves with what was heard in time, and the id of the lookup. */
  async ask({ comune, request, caller, idempotencyKey, correlationId }: Asked, { wait, async }: Preference): Promise<{ readonly lookup: string; readonly heard: Heard }> {
    const now = this.clock();
    const lookup = newUlid(now.getTime());
    const command: AskLookup = {
      type: 'anpr.lookup.ask',
      id: lookup,
      key: comune,
      issuedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + LOOKUP_MS).toISOString(),
      data: { lookup, comune, request, caller, correlationId, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) },
    };
    const untilRecorded = async && wait === 0;
    const heard = await this.sent(command, untilRecorded ? RECORDED_SECONDS : Math.max(wait, 1), untilRecorded);
    return { lookup, heard };
  }

  async collect(comune: string, lookup: string, caller: LookupCaller, correlationId: string): Promise<Heard> {
    const now = this.clock();
    const command: CollectLookup = {
      type: 'anpr.lookup.collect',
      id: newUlid(now.getTime()),
      key: comune,
      issuedAt: now.toISOString(),
      expiresAt: new Date(now.getTime() + COLLECT_SECONDS * 1000).toISOString(),
      data: { lookup, comune, caller, correlationId },
    };
    return this.sent(command, COLLECT_SECONDS, false);
  }

  private async sent(command: AskLookup | CollectLookup, seconds: number, untilRecorded: boolean): Promise<Heard> {
    const waiting = this.pending.wait(command.id, seconds, untilRecorded);
    try {
      await this.bus.send(LOOKUP_COMMANDS, command);
    } catch (error) {
      waiting.forget();
      if (error instanceof BusUnavailable) throw failLookup('richiesta-non-registrata');
      throw error;
    }
    return waiting.heard;
  }
}
