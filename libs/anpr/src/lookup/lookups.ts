import { caseTagInput, romeDay, romeMonth, subjectTagInputs, type AskLookup, type CollectLookup, type LookupCommand, type LookupEvent, type SettleLookup } from '@geres/contracts';
import { canonical, type EventMeta } from '@geres/kernel';
import type { Clock, Installation } from '@geres/platform';
import { archiveKeyId, type Box, type KeyStores } from '@geres/platform/keys';
import { decodeTime } from 'ulid';
import type { Bulkheads } from '../channel/bulkheads.js';
import type { Place } from '../channel/bulkhead.js';
import { connectionKey } from '../grants/grants.js';
import type { Entered } from '../register/register.js';
import type { Entry } from '../register/register.domain.js';
import type { Registers } from '../register/registers.js';
import { ANPR_SILENCE_MS } from './abandoned.js';
import { standing } from './admission.domain.js';
import { problemAnswer, type Answers } from './answers.js';
import { decideAsking, type BoundKey, type Decision } from './asking.domain.js';
import type { Flight } from './flights.js';
import type { PickUp } from './pick-up.js';
import { Refusals } from './refusals.js';
import type { View } from './view.js';
import type { Waiting } from './waiting.js';

export interface LookupPorts {
  readonly registers: Registers;
  readonly view: View;
  readonly keys: KeyStores;
  readonly bulkheads: Bulkheads;
  readonly answers: Answers;
  readonly pickUp: PickUp;
  readonly clock: Clock;
  readonly installation: Installation;
  /** Told of every refusal that was recorded, by reason. */
  readonly onRefused: (reason: string) => void;
  /** Takes over a lookup whose request is durable. */
  readonly fly: (flight: Flight) => void;
  /** Whether a lookup is in the hands of this process. */
  readonly isHeld: (lookup: string) => boolean;
  readonly waiting: Waiting;
}

type Taken = Decision & { readonly place?: Place };

/** Admit and record: what the owner of a Comune's registers does with each command. Every method resolves when the command counts as taken. */
export class Lookups {
  private readonly refusals: Refusals;

  constructor(private readonly ports: LookupPorts) {
    this.refusals = new Refusals(async (comune, day, event, meta) => {
      const { day: register } = await ports.registers.pair(comune, day);
      await register.enter(() => ({ events: [event], meta: this.meta(meta.causationId), result: undefined }));
    });
  }

  take(command: LookupCommand): Promise<void> {
    switch (command.type) {
      case 'anpr.lookup.ask':
        return this.ask(command);
      case 'anpr.lookup.collect':
        return this.collect(command);
      case 'anpr.lookup.settle':
        return this.settle(command);
      default:
        return command satisfies never;
    }
  }

  private async ask(command: AskLookup): Promise<void> {
    const { registers, view, keys, answers } = this.ports;
    const { comune, caller, request, lookup } = command.data;
    const at = new Date(decodeTime(lookup));
    const day = romeDay(at);
    const [pair, archive, bound, seen] = await Promise.all([registers.pair(comune, day), keys.archive.box(archiveKeyId(comune, romeMonth(at))), this.bound(command, at), view.seen(caller.session)]);
    const meta = this.meta(lookup, command);
    const subject = archive.seal({ soggetto: request.soggetto, ...(request.pratica ? { pratica: request.pratica } : {}), dataRiferimento: request.dataRiferimento ?? day }, lookup);
    const tags = [...subjectTagInputs(request.soggetto), ...(request.pratica ? [caseTagInput(request.pratica)] : [])].map(({ kind, value }) => archive.tag(kind, value));

    const taken = await pair.day.enter<Taken>(
      (state): Entered<Taken> => {
        let place: Place | undefined;
        const decision = decideAsking(
          {
            command,
            facts: view.facts(),
            fresh: seen && view.isFresh(),
            subject,
            tags,
            ...(bound ? { bound } : {}),
            reserve: ({ channel }) => {
              place = this.reserve(comune, channel);
              return place !== undefined;
            },
          },
          state,
          pair.before.view,
        );
        const recorded = decision.kind === 'requested' || (decision.kind === 'refused' && this.refusals.single(comune, caller.application, decision.refusal.reason, at));
        return { events: recorded && 'event' in decision ? [decision.event as LookupEvent] : [], meta, result: place ? { ...decision, place } : decision };
      },
      { undo: ({ place }) => place?.release() },
    );

    switch (taken.kind) {
      case 'requested':
        this.ports.fly({ command, admission: taken.admission, askBy: new Date(taken.askBy), register: pair.day, meta, archive, place: taken.place! });
        return answers.tell(lookup, { kind: 'recorded', lookup });
      case 'refused': {
        const { reason, retryAfter } = taken.refusal;
        if (!pair.day.view.lookups.has(lookup)) await this.refusals.together(lookup, { comune, day, application: caller.application, reason }, at);
        this.ports.onRefused(reason);
        return answers.tell(lookup, problemAnswer(lookup, reason, retryAfter === undefined ? {} : { retryAfter }));
      }
      case 'repeated':
        await answers.tell(lookup, { kind: 'recorded', lookup: taken.first });
        return this.outcome(lookup, taken.first, taken.entry);
      case 'key-reused':
        return answers.tell(lookup, problemAnswer(lookup, 'chiave-riutilizzata'));
      case 'known':
        return; // a redelivery: whoever recorded it concludes it
      default:
        return taken satisfies never;
    }
  }

  /** A pick-up: same operator and application, their standing checked again. */
  private async collect(command: CollectLookup): Promise<void> {
    const { registers, view, answers, clock } = this.ports;
    const { comune, lookup, caller } = command.data;
    const unknown = (): Promise<void> => answers.tell(command.id, problemAnswer(lookup, 'richiesta-sconosciuta'));
    const day = romeDay(new Date(decodeTime(lookup)));
    if (![romeDay(clock()), romeDay(new Date(clock().getTime() - 86_400_000))].includes(day)) return unknown();
    const [pair, seen] = await Promise.all([registers.pair(comune, day), view.seen(caller.session)]);
    if (!seen || !view.isFresh()) return answers.tell(command.id, problemAnswer(lookup, 'diritti-non-verificabili'));
    const question = { ...caller, comune };
    const wrong = standing(question, view.facts());
    if (wrong) return answers.tell(command.id, problemAnswer(lookup, wrong));
    // In its turn, so that an outcome on its way to the store is not told before it is durable.
    const entry = await pair.day.enter<Entry | undefined>((state) => ({ events: [], meta: this.meta(command.id), result: state.lookups.get(lookup) }));
    if (!entry || entry.user !== caller.user || entry.application !== caller.application) return unknown();
    if (entry.status === 'open') return answers.tell(command.id, { kind: 'pending', lookup, retryAfter: 1 });
    return this.outcome(command.id, lookup, entry);
  }

  /** A lookup that nobody holds and that is past every deadline is closed. */
  private async settle({ id, data: { comune, lookup } }: SettleLookup): Promise<void> {
    const { registers, clock } = this.ports;
    const { day } = await registers.pair(comune, romeDay(new Date(decodeTime(lookup))));
    const askBy = day.view.lookups.get(lookup)?.askBy;
    if (this.ports.isHeld(lookup) || !askBy || Date.parse(askBy) + ANPR_SILENCE_MS > clock().getTime()) return;
    await this.ports.pickUp.interrupt(day, comune, lookup, this.meta(id), 'processo-interrotto');
  }

  /** Tells `to` what came of `lookup`, or has it wait with those who wait already. */
  private async outcome(to: string, lookup: string, entry: Entry): Promise<void> {
    if (entry.status === 'open') return this.ports.waiting.join(lookup, to);
    await this.ports.answers.tell(to, await this.ports.pickUp.of(lookup, entry));
  }

  private reserve(comune: string, channel: string): Place | undefined {
    const connection = this.ports.view.grantsNow.connections.get(connectionKey(comune, channel));
    return connection && connection.status !== 'absent' ? this.ports.bulkheads.reserve(connectionKey(comune, channel), connection.settings) : undefined;
  }

  /** The idempotency key and the body as digests, under the secret of this month and of the month before (24 hours may cross its end). */
  private async bound({ data }: AskLookup, at: Date): Promise<BoundKey | undefined> {
    const { idempotencyKey, caller, comune, request } = data;
    if (idempotencyKey === undefined) return undefined;
    const months = [...new Set([romeMonth(at), romeMonth(new Date(at.getTime() - 86_400_000))])];
    const found = await Promise.all(months.map((month, index) => (index === 0 ? this.ports.keys.archive.box(archiveKeyId(comune, month)) : this.ports.keys.archive.find(archiveKeyId(comune, month)).catch(() => undefined))));
    const boxes = found.filter((box): box is Box => box !== undefined);
    const scope = `${caller.application}\n${caller.user}\n${comune}\n${idempotencyKey}`;
    const body = canonical(request);
    return { keys: boxes.map((box) => box.tag('idempotency', scope)), bodies: boxes.map((box) => box.tag('body', body)) };
  }

  private meta(causationId: string, command?: AskLookup): EventMeta {
    const { clock, installation } = this.ports;
    const recordedAt = clock().toISOString();
    if (!command) return { actor: 'system:connector', correlationId: causationId, causationId, recordedAt, environment: installation.environment };
    const { caller, correlationId } = command.data;
    return { actor: `user:${caller.user}`, application: caller.application, session: caller.session, correlationId, causationId, recordedAt, environment: installation.environment };
  }
}

