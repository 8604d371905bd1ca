import type { LookupOutcome } from '@geres/contracts';
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Witness } from '../crash/invariants.js';
import { oneOf } from '../crash/random.js';
import { MOTIVO, type Asker } from '../crash/world.js';
import { problemOf, toldBy, type Told } from '../testing/lookups.js';

export interface CallersOptions {
  readonly askers: readonly (Asker & { readonly token: string })[];
  /** Codici fiscali that may be asked about. */
  readonly people: readonly string[];
  /** Where gateways are, those that are being started or stopped among them. */
  readonly gateways: () => readonly string[];
  readonly random: () => number;
}

interface Question {
  readonly key: string;
  readonly asker: CallersOptions['askers'][number];
  readonly codiceFiscale: string;
  readonly askedAt: number;
  attempts: number;
  answered: boolean;
  /** Its caller goes on to other questions. */
  readonly setAside: () => void;
  /** Where the outcome of what is recorded is to be had, and since when it is known. */
  underWay?: { readonly lookup: string; readonly since: number } | undefined;
}

/** A question that has got its answer, or a refusal that another attempt would not change. */
interface Done {
  readonly comune: string;
  readonly gateway: string;
  readonly askedAt: number;
  readonly status: number;
}

const WAIT_S = 5;
const TIMEOUT_MS = 15_000;
const RETRY_MS = 200;
/** What is under way for longer, its connector may have died over: it is asked for again now and then, and the caller goes on. */
const SET_ASIDE_MS = 8000;
const SELDOM_MS = 1000;
/** Said by a gateway that knows nothing of the request: it may be recorded or not. */
const NOTHING_KNOWN = 'richiesta-non-registrata';
/** Said of a pick-up, not of the lookup; that a lookup is not known would be of the lookup. */
const OF_THE_LOOKUP = ['richiesta-sconosciuta', 'risposta-scaduta'];

/**
 * Callers as a good application is one: every question has an Idempotency-Key, is repeated with it as long as no answer has come, over whichever gateway, and is
 * picked up where it is told that it is under way. They remember everything that they heard.
 */
export class Callers implements Pick<Witness, 'sent' | 'heard'> {
  readonly sent = new Map<string, { readonly data: { readonly idempotencyKey: string } }>();
  readonly heard: { readonly to: string; readonly outcome: LookupOutcome }[] = [];
  readonly done: Done[] = [];
  /** What no good application should ever be told. */
  readonly unexpected: string[] = [];
  private readonly open = new Map<Question, Promise<void>>();
  private readonly attempting = new Set<Promise<void>>();
  private gate = Promise.withResolvers<void>();
  private stopped = false;
  private watching: (() => void)[] = [];

  constructor(private readonly options: CallersOptions) {}

  /** So many callers ask until `finish`. They wait for `resume`. */
  start(callers: number): void {
    for (let n = 0; n < callers; n++) void this.caller();
  }

  resume(): void {
    this.gate.resolve();
  }

  /** Resolves when nothing that was sent is waited for. */
  async pause(): Promise<void> {
    this.gate = Promise.withResolvers();
    await Promise.all(this.attempting);
  }

  /** Resolves when a question that was asked after this call has been answered for each Comune by each of these gateways. */
  async answered(gateways: readonly string[]): Promise<void> {
    const since = performance.now();
    const comuni = new Set(this.options.askers.map(({ comune }) => comune));
    const wanted = new Set([...comuni].flatMap((comune) => gateways.map((gateway) => `${comune} ${gateway}`)));
    for (let at = this.done.length; ; ) {
      for (; at < this.done.length; at++) {
        const { comune, gateway, askedAt, status } = this.done[at]!;
        if (status === 200 && askedAt >= since) wanted.delete(`${comune} ${gateway}`);
      }
      if (wanted.size === 0) return;
      await new Promise<void>((more) => this.watching.push(more));
    }
  }

  /** Resolves when every question that was asked since then has its answer. */
  async allAnswered(since: number): Promise<void> {
    await Promise.all([...this.open].flatMap(([{ askedAt }, answered]) => (askedAt >= since ? [answered] : [])));
  }

  /** Asks nothing new; resolves when every question that was asked has its answer. */
  async finish(): Promise<void> {
    this.stopped = true;
    this.resume();
    await this.allAnswered(0);
  }

  private async caller(): Promise<void> {
    for (;;) {
      await this.gate.promise;
      if (this.stopped) return;
      const { promise: aside, resolve: setAside } = Promise.withResolvers<void>();
      const question = this.question(setAside);
      const answered = this.untilAnswered(question);
      this.open.set(question, answered);
      await Promise.race([answered, aside]);
    }
  }

  private async untilAnswered(question: Question): Promise<void> {
    for (let wait = 0; ; await pause(wait)) {
      await this.gate.promise;
      const attempt = this.attempt(question);
      this.attempting.add(attempt);
      await attempt.finally(() => this.attempting.delete(attempt));
      if (question.answered) return void this.open.delete(question);
      const stuck = question.underWay !== undefined && performance.now() - question.underWay.since > SET_ASIDE_MS;
      if (stuck) question.setAside();
      wait = stuck ? SELDOM_MS : RETRY_MS;
    }
  }

  private async attempt(question: Question): Promise<void> {
    const gateway = oneOf(this.options.gateways(), this.options.random);
    question.attempts += 1;
    const { underWay } = question;
    try {
      const told = await (underWay ? this.pickUp(gateway, question, underWay.lookup) : this.ask(gateway, question));
      if (this.take(question, told, underWay !== undefined)) this.end(question, gateway, told.status);
    } catch {
      // No answer: the same question again, to whoever answers.
      delete question.underWay;
    }
  }

  private ask(gateway: string, { key, asker, codiceFiscale }: Question): Promise<Told> {
    return sent(`${gateway}/api/v1/comuni/${asker.comune}/richieste`, asker.token, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key, prefer: `wait=${WAIT_S}` },
      body: JSON.stringify({ servizio: 'residenza', soggetto: { codiceFiscale }, motivo: MOTIVO }),
    });
  }

  private pickUp(gateway: string, { asker }: Question, lookup: string): Promise<Told> {
    return sent(`${gateway}/api/v1/comuni/${asker.comune}/richieste/${lookup}`, asker.token);
  }

  /** Whether it is the end of the question. */
  private take(question: Question, told: Told, pickedUp: boolean): boolean {
    const { status, body } = told;
    const code = problemOf(told);
    const lookup = status < 300 ? body.id : (body['richiesta'] as string | undefined);
    if (status === 202) {
      if (question.underWay?.lookup !== lookup) question.underWay = { lookup: lookup!, since: performance.now() };
      this.hear(question, { kind: 'pending', lookup: lookup!, retryAfter: 1 });
      return false;
    }
    delete question.underWay;
    if (status === 200) this.hear(question, { kind: 'answered', lookup: lookup!, risposta: { ...body } });
    else if (lookup !== undefined && code !== undefined && code !== NOTHING_KNOWN && (!pickedUp || OF_THE_LOOKUP.includes(code))) {
      this.hear(question, { kind: 'problem', lookup, problem: { code, status, title: '', detail: '', params: {} } });
    }
    const final = status === 200 || code === 'quota-superata';
    if (!final && status < 500) this.unexpected.push(`${status} ${code} after ${question.attempts} attempts`);
    return final;
  }

  private hear({ key, attempts }: Question, outcome: LookupOutcome): void {
    const to = `${key}#${attempts}`;
    const data = { idempotencyKey: key };
    this.sent.set(to, { data });
    // Whoever is told first of a lookup has asked for it.
    if (!this.sent.has(outcome.lookup)) this.sent.set(outcome.lookup, { data });
    this.heard.push({ to, outcome });
  }

  private end(question: Question, gateway: string, status: number): void {
    question.answered = true;
    this.done.push({ comune: question.asker.comune, gateway, askedAt: question.askedAt, status });
    for (const tell of this.watching.splice(0)) tell();
  }

  private question(setAside: () => void): Question {
    const { askers, people, random } = this.options;
    return { key: randomUUID(), asker: oneOf(askers, random), codiceFiscale: oneOf(people, random), askedAt: performance.now(), attempts: 0, answered: false, setAside };
  }
}

const sent = async (url: string, token: string, init: RequestInit & { readonly headers?: Readonly<Record<string, string>> } = {}): Promise<Told> =>
  toldBy(await fetch(url, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers }, signal: AbortSignal.timeout(TIMEOUT_MS) }));
