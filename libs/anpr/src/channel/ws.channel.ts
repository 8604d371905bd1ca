import type { WsSettings } from '@geres/contracts';
import type { Clock } from '@geres/platform';
import type { ComuneDirectory } from '@geres/platform/auth';
import { buildRichiesta3002, envelope, normalise, NotSendable, parseRisposta3002, RispostaIllegibile, type Criteri, type Domanda3002, type Question } from '../protocol/soap/index.js';
import { CannotSign } from '../protocol/wss/index.js';
import type { Tables } from '../tables/tables.js';
import { Agents, type TlsMaterial } from './agents.js';
import type { AskChannel, ChannelOutcome, ChannelQuestion } from './channel.js';
import { outcomeOf } from './outcome.js';
import { post, type Failed } from './post.js';
import { senderOf } from './sender.js';

/** The message around a payload, signed: asked of it for each call of a connection whose settings say `wss`. Errors: `CannotSign`. */
export type SignMessage = (question: ChannelQuestion<WsSettings>, payload: string) => Promise<string>;

export interface WsPorts {
  readonly clock: Clock;
  /** Comuni of the installation, for the codice catastale of the places in an answer. */
  readonly comuni: () => ComuneDirectory;
  /** Without it a connection that wants `wss` is not active. */
  readonly security?: SignMessage;
  /** What a Comune trusts and shows on TLS; without it, what Node trusts. Errors: `CannotSign`. */
  readonly tls?: (question: ChannelQuestion<WsSettings>) => Promise<TlsMaterial | undefined>;
  /** Code tables of ANPR's own, where they were downloaded; else those written down here. */
  readonly tables?: () => Tables;
}

export interface WsChannel extends AskChannel<WsSettings> {
  /** Lets go of every socket, once what flies over it has ended. */
  close(): Promise<void>;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Service 3002 of ANPR over SOAP, with the sockets of each Comune apart from those of the others. */
export function wsChannel({ clock, comuni, security, tls, tables }: WsPorts): WsChannel {
  const agents = new Agents(MAX_ANSWER_BYTES);
  const ask: AskChannel<WsSettings> = async (question) => {
    const { settings, signal, askBy, forbids, comune } = question;
    const now = clock();
    if (now >= askBy) return { kind: 'failed', problem: 'scaduta' };
    const domanda = domandaOf(question, now);
    let payload: string;
    try {
      payload = buildRichiesta3002(domanda);
    } catch (error) {
      if (!(error instanceof NotSendable)) throw error;
      return { kind: 'failed', problem: 'anpr-ha-rifiutato', detail: `non-inviabile ${error.field}` };
    }
    let material: TlsMaterial | undefined;
    try {
      material = await tls?.(question);
    } catch (error) {
      return unsigned(error);
    }
    const started = performance.now();
    const posted = await post({
      dispatcher: agents.of(comune.comune, { endpoint: settings.endpoint, maxInFlight: settings.maxInFlight, ...material }),
      endpoint: settings.endpoint,
      message: settings.security === 'none' ? envelope(payload) : () => signed(question, payload),
      timeoutMs: settings.timeoutMs,
      mayStart: () => !signal.aborted && clock() < askBy && forbids() === undefined,
      signal,
    });
    const anprMs = Math.round(performance.now() - started);
    if (posted.kind === 'failed') return { ...posted, anprMs };
    return read(posted.xml, question, domanda, { anprMs, now: clock(), catastaleOf: (istat) => comuni().resolve(istat)?.comune, tables: tables?.() });
  };

  /** The same payload under fresh security headers, if the question may still leave once they are made. */
  async function signed(question: ChannelQuestion<WsSettings>, payload: string): Promise<string | Failed> {
    if (!security) return { kind: 'failed', problem: 'connessione-non-attiva', detail: 'firma: non configurata' };
    try {
      const message = await security(question, payload);
      if (clock() >= question.askBy) return { kind: 'failed', problem: 'scaduta' };
      const wrong = question.forbids();
      return wrong ? { kind: 'failed', problem: wrong, detail: 'non-più-ammessa' } : message;
    } catch (error) {
      return unsigned(error);
    }
  }
  return Object.assign(ask, { close: () => agents.close() });
}

function unsigned(error: unknown): Failed {
  if (!(error instanceof CannotSign)) throw error;
  return { kind: 'failed', problem: 'connessione-non-attiva', detail: `firma: ${error.reason}`.slice(0, 60) };
}

function domandaOf({ operationId, settings, comune, environment, request: { soggetto }, sections, referenceDay, territory }: ChannelQuestion<WsSettings>, now: Date): Domanda3002 {
  return {
    ...senderOf({ operationId, senderCode: settings.senderCode, environment, now }),
    comune: { nome: comune.name, codiceIstat: comune.istat, provincia: comune.province },
    criteri: soggetto satisfies Criteri,
    sezioni: sections,
    dataRiferimento: referenceDay,
    territorio: territory,
  };
}

interface Received {
  readonly anprMs: number;
  readonly now: Date;
  readonly catastaleOf: Question['catastaleOf'];
  readonly tables: Tables | undefined;
}

function read(xml: string, question: ChannelQuestion, { criteri, comuneIstat, territorio }: Domanda3002, { anprMs, now, catastaleOf, tables }: Received): ChannelOutcome {
  const { operationId, sections } = question;
  try {
    const normalised = normalise(parseRisposta3002(xml), { idOperazione: operationId, comuneIstat, criteri, territorio, sections, catastaleOf, tables });
    return outcomeOf(normalised, question, { channel: 'ws', operationId, now, anprMs });
  } catch (error) {
    if (!(error instanceof RispostaIllegibile)) throw error;
    return { kind: 'failed', problem: 'anpr-non-disponibile', detail: `illeggibile ${error.reason}`.slice(0, 60), anprMs };
  }
}
