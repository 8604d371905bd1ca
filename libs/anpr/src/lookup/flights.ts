import type { AskLookup } from '@geres/contracts';
import type { EventMeta } from '@geres/kernel';
import type { Installation } from '@geres/platform';
import type { Box } from '@geres/platform/keys';
import { setTimeout as pause } from 'node:timers/promises';
import { decodeTime } from 'ulid';
import { askOver, type ChannelOutcome, type Channels } from '../channel/channel.js';
import type { Departure, Place, Turn } from '../channel/bulkhead.js';
import { declaredOf } from '../channel/declared.js';
import { tellOf, turnedAway } from '../channel/sign.js';
import { connectionKey } from '../grants/grants.js';
import type { Register } from '../register/register.js';
import { ANPR_SILENCE_MS } from './abandoned.js';
import { operatorOf, stillAdmitted, type Admission } from './admission.domain.js';
import { problemAnswer } from './answers.js';
import { questionOf } from './asking.domain.js';
import { civil } from './civil.domain.js';
import { conclude, type ConclusionPorts } from './conclusion.js';
import { furtherCalls } from './further.js';
import type { LookupProblem } from './lookup.problems.js';
import type { PickUp } from './pick-up.js';
import type { View } from './view.js';
import type { Waiting } from './waiting.js';

/** A lookup whose request is durable, in the hands of this process until it is settled. */
export interface Flight {
  readonly command: AskLookup;
  readonly admission: Admission;
  /** Of its first call to ANPR, as recorded. */
  readonly operationId: string;
  readonly askBy: Date;
  readonly register: Register;
  readonly meta: EventMeta;
  readonly archive: Box;
  readonly place: Place;
}

export interface FlightPorts extends ConclusionPorts {
  readonly view: View;
  readonly channels: Channels;
  readonly waiting: Waiting;
  readonly pickUp: PickUp;
  readonly installation: Installation;
  readonly onConcluded: (of: { readonly outcome: string; readonly service: string; readonly channel: string; readonly totalMs: number; readonly anprMs?: number }) => void;
  /** An outcome that could not be recorded yet: it is tried again. */
  readonly onStruggle: (error: unknown) => void;
}

/** Between two attempts to record an outcome that the store refused; the last one again and again. */
const RETRY_MS = [50, 100, 200, 400, 800, 1600, 3200, 5000] as const;

/** This process stops before the question has left, or before its answer has come. */
type Cut = { readonly kind: 'cut' };

/** Ask, settle, reply: the second half of a lookup, in the bulkhead of its Comune. */
export class Flights {
  private readonly held = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(private readonly ports: FlightPorts) {}

  readonly has = (lookup: string): boolean => this.held.has(lookup);

  get size(): number {
    return this.held.size;
  }

  start(flight: Flight): void {
    const { lookup } = flight.command.data;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held.set(lookup, promise);
    flight.place.start(
      (turn) =>
        this.fly(flight, turn).finally(() => {
          this.held.delete(lookup);
          resolve();
        }),
      { name: flight.admission.anprOperator, withinMs: flight.askBy.getTime() - this.ports.clock().getTime(), signal: this.stopping.signal },
    );
  }

  /** Waits for what is in flight, at most `graceMs`; then calls are cut, and what has no answer is closed as interrupted. */
  async stop(graceMs: number): Promise<void> {
    const all = Promise.allSettled(this.held.values());
    const patience = new AbortController();
    await Promise.race([all, pause(graceMs, undefined, { signal: patience.signal, ref: false }).catch(() => undefined)]);
    patience.abort();
    this.stopping.abort();
    await all;
  }

  private async fly(flight: Flight, turn: Turn): Promise<void> {
    const { command, admission } = flight;
    const outcome = turn.kind === 'leave' ? await this.ask(flight, turn.departure) : turnedAway(turn);
    const settled = await this.settle(flight, outcome);
    // Not settled: it stays open, and is closed as interrupted by whoever finds it.
    if (settled === undefined || outcome.kind === 'cut') return;
    const { lookup, request } = command.data;
    const { waiting, onConcluded, clock } = this.ports;
    if (!settled) return waiting.tell(lookup, problemAnswer(lookup, 'richiesta-interrotta'));
    const { limits } = admission;
    await waiting.tell(lookup, outcome.kind === 'failed' ? problemAnswer(lookup, outcome.problem, { limits, ...(outcome.retryAfter === undefined ? {} : { retryAfter: outcome.retryAfter }) }) : { kind: 'answered', lookup, risposta: { ...outcome.risposta }, limits });
    onConcluded({
      outcome: outcome.kind === 'failed' ? outcome.problem : outcome.risposta.esito,
      service: request.servizio,
      channel: admission.channel,
      totalMs: clock().getTime() - decodeTime(lookup),
      ...(outcome.anprMs === undefined ? {} : { anprMs: outcome.anprMs }),
    });
  }

  private async ask(flight: Flight, departure: Departure): Promise<ChannelOutcome | Cut> {
    const { command, admission, askBy } = flight;
    const { lookup, comune: id, request, caller } = command.data;
    const { view, channels, installation, clock, onStruggle } = this.ports;
    const { signal } = this.stopping;
    await view.freshened();
    if (signal.aborted) return { kind: 'cut' };
    const wrong = this.forbids(flight);
    if (wrong) return { kind: 'failed', problem: wrong };
    const comune = view.comune(id, civil(new Date(decodeTime(lookup))).day);
    const connection = view.grantsNow.connections.get(connectionKey(id, admission.channel));
    if (!comune || !connection || connection.status === 'absent') return { kind: 'failed', problem: 'connessione-non-attiva' };
    const anprOperator = operatorOf(connection, admission, clock());
    const declared = declaredOf(request);
    const forbids = (): LookupProblem | undefined => (signal.aborted ? 'richiesta-interrotta' : this.forbids(flight));
    try {
      const outcome = await askOver(channels, {
        lookup,
        operationId: flight.operationId,
        comune,
        settings: connection.settings,
        ...(anprOperator ? { anprOperator } : {}),
        request,
        referenceDay: request.dataRiferimento ?? civil(clock()).day,
        sections: admission.sections,
        territory: admission.territory,
        environment: installation.environment,
        askBy,
        caller: { user: caller.user, location: caller.application },
        ...(declared ? { declared } : {}),
        forbids,
        further: furtherCalls(flight, { view, clock, forbids, onStruggle }),
        signal,
      });
      tellOf(outcome, departure);
      return signal.aborted && outcome.kind === 'failed' && outcome.anprOperationId === undefined ? { kind: 'cut' } : outcome;
    } catch (error) {
      onStruggle(error);
      return { kind: 'failed', problem: 'anpr-non-disponibile', detail: 'errore-interno' };
    }
  }

  /** What forbids a call to start now: too late, or the rights have changed since it was recorded. */
  private forbids({ command, admission, askBy }: Flight): LookupProblem | undefined {
    const { view, clock } = this.ports;
    if (clock() >= askBy) return 'scaduta';
    if (!view.isFresh()) return 'diritti-non-verificabili';
    return stillAdmitted(questionOf(command), view.facts(), admission);
  }

  /** Records the outcome, again and again while the store refuses it and nobody else may close the lookup. False: it was closed already. */
  private async settle(flight: Flight, outcome: ChannelOutcome | Cut): Promise<boolean | undefined> {
    const { clock, onStruggle } = this.ports;
    const { signal } = this.stopping;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.conclude(flight, outcome);
      } catch (error) {
        onStruggle(error);
        if (signal.aborted || clock().getTime() > flight.askBy.getTime() + ANPR_SILENCE_MS) return undefined;
        await pause(RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)], undefined, { signal }).catch(() => undefined);
      }
    }
  }

  private conclude({ command, register, archive, meta }: Flight, outcome: ChannelOutcome | Cut): Promise<boolean> {
    const { lookup, comune } = command.data;
    const now: EventMeta = { ...meta, recordedAt: this.ports.clock().toISOString() };
    if (outcome.kind === 'cut') return this.ports.pickUp.interrupt(register, comune, lookup, now, 'fermata');
    return conclude({ lookup, comune, register, archive, meta: now }, outcome, this.ports);
  }
}
