import { romeDay, type AskLookup } from '@geres/contracts';
import type { EventMeta } from '@geres/kernel';
import type { Installation } from '@geres/platform';
import type { Box } from '@geres/platform/keys';
import { decodeTime } from 'ulid';
import type { AskChannel, ChannelOutcome } from '../channel/channel.js';
import type { Place } from '../channel/bulkhead.js';
import { connectionKey } from '../grants/grants.js';
import type { Register } from '../register/register.js';
import { stillAdmitted, type Admission } from './admission.domain.js';
import { problemAnswer } from './answers.js';
import { questionOf } from './asking.domain.js';
import { conclude, type Concluding, type ConclusionPorts } from './conclusion.js';
import type { View } from './view.js';
import type { Waiting } from './waiting.js';

/** A lookup whose request is durable, in the hands of this process until it is settled. */
export interface Flight {
  readonly command: AskLookup;
  readonly admission: Admission;
  readonly askBy: Date;
  readonly register: Register;
  readonly meta: EventMeta;
  readonly archive: Box;
  readonly place: Place;
}

export interface FlightPorts extends ConclusionPorts {
  readonly view: View;
  readonly channels: Readonly<Record<'ws' | 'pdnd', AskChannel>>;
  readonly waiting: Waiting;
  readonly installation: Installation;
  readonly onConcluded: (of: { readonly outcome: string; readonly service: string; readonly channel: string; readonly totalMs: number; readonly anprMs?: number }) => void;
  /** An outcome that could not be recorded yet: it is tried again. */
  readonly onStruggle: (error: unknown) => void;
}

/** Between two attempts to record an outcome that the store refused. */
const RETRY_MS = [50, 100, 200, 400, 800, 1600, 3200, 5000] as const;

/** Ask, settle, reply: the second half of a lookup, in the bulkhead of its Comune. */
export class Flights {
  private readonly held = new Map<string, Promise<void>>();
  private readonly stopping = new AbortController();

  constructor(private readonly ports: FlightPorts) {}

  has(lookup: string): boolean {
    return this.held.has(lookup);
  }

  get size(): number {
    return this.held.size;
  }

  start(flight: Flight): void {
    const { lookup } = flight.command.data;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held.set(lookup, promise);
    flight.place.start(() =>
      this.fly(flight).finally(() => {
        this.held.delete(lookup);
        resolve();
      }),
    );
  }

  /** Waits for what is in flight, at most `graceMs`; then calls are cut and settled as failed. */
  async stop(graceMs: number): Promise<void> {
    const all = Promise.allSettled(this.held.values());
    const late = new Promise<void>((resolve) => setTimeout(resolve, graceMs).unref());
    await Promise.race([all, late]);
    this.stopping.abort();
    await all;
  }

  private async fly(flight: Flight): Promise<void> {
    const { command, admission, register, archive } = flight;
    const { lookup, comune } = command.data;
    const outcome = await this.ask(flight);
    const meta = (): EventMeta => ({ ...flight.meta, recordedAt: this.ports.clock().toISOString() });
    const settled = await this.settle({ lookup, comune, register, archive, meta: meta() }, outcome);
    if (settled === undefined) return; // it stays open, and will be closed as interrupted
    const { waiting, onConcluded, clock } = this.ports;
    const told = outcome.kind === 'failed' ? problemAnswer(lookup, outcome.problem, { limits: admission.limits }) : { kind: 'answered' as const, lookup, risposta: { ...outcome.risposta }, limits: admission.limits };
    await waiting.tell(lookup, settled ? told : problemAnswer(lookup, 'richiesta-interrotta'));
    onConcluded({
      outcome: outcome.kind === 'failed' ? outcome.problem : outcome.risposta.esito,
      service: command.data.request.servizio,
      channel: admission.channel,
      totalMs: clock().getTime() - decodeTime(lookup),
      ...(outcome.anprMs === undefined ? {} : { anprMs: outcome.anprMs }),
    });
  }

  private async ask(flight: Flight): Promise<ChannelOutcome> {
    const { command, admission, askBy } = flight;
    const { lookup, comune: id, request } = command.data;
    const { view, channels, installation, clock } = this.ports;
    const wrong = this.mayLeave(flight);
    if (wrong) return { kind: 'failed', problem: wrong };
    const day = romeDay(new Date(decodeTime(lookup)));
    const comune = view.comune(id, day);
    const connection = view.grantsNow.connections.get(connectionKey(id, admission.channel));
    if (!comune || !connection || connection.status === 'absent') return { kind: 'failed', problem: 'connessione-non-attiva' };
    try {
      return await channels[admission.channel]({
        lookup,
        operationId: lookup,
        comune,
        settings: connection.settings,
        request,
        referenceDay: request.dataRiferimento ?? romeDay(clock()),
        sections: admission.sections,
        territory: admission.territory,
        environment: installation.environment,
        askBy,
        mayRetry: () => this.mayLeave(flight) === undefined,
        signal: this.stopping.signal,
      });
    } catch (error) {
      this.ports.onStruggle(error);
      return { kind: 'failed', problem: 'anpr-non-disponibile', detail: 'errore-interno' };
    }
  }

  /** What forbids a call to start now: too late, or the rights have changed since it was recorded. */
  private mayLeave({ command, askBy }: Flight) {
    const { view, clock } = this.ports;
    if (this.stopping.signal.aborted || clock() >= askBy) return 'scaduta';
    if (!view.isFresh()) return 'diritti-non-verificabili';
    return stillAdmitted(questionOf(command), view.facts());
  }

  private async settle(of: Concluding, outcome: ChannelOutcome): Promise<boolean | undefined> {
    for (const pause of [...RETRY_MS, undefined]) {
      try {
        return await conclude(of, outcome, this.ports);
      } catch (error) {
        this.ports.onStruggle(error);
        if (pause === undefined) return undefined;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
    return undefined;
  }
}
