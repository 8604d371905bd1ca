import type { Risposta } from '@geres/contracts';
import type { Clock } from '@geres/platform';
import type { ComuneDirectory } from '@geres/platform/auth';
import { Agent, errors, request } from 'undici';
import { buildRichiesta3002, envelope, normalise, NotSendable, parseRisposta3002, RispostaIllegibile, type Criteri, type Domanda3002, type Question } from '../protocol/soap/index.js';
import type { AskChannel, ChannelOutcome, ChannelQuestion } from './channel.js';

export interface WsPorts {
  readonly clock: Clock;
  /** Comuni of the installation, for the codice catastale of the places in an answer. */
  readonly comuni: () => ComuneDirectory;
}

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
/** Pause before the one transport retry. */
const RETRY_MS = 250;
const CONNECT_MS = 5000;
const APPLICATION = { nome: 'GeRes', versione: '0.1.0', fornitore: 'GeRes' } as const;

/** Nothing of the question had left, or its answer was lost on the way: the same operation id and the same bytes may go again. */
const RETRYABLE = new Set(['UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH']);

/** Service 3002 of ANPR over SOAP, with the connections of each Comune apart from those of the others. */
export function wsChannel({ clock, comuni }: WsPorts): AskChannel {
  const agents = new Map<string, Agent>();
  const agentOf = ({ comune: { comune }, settings }: ChannelQuestion): Agent => {
    const key = `${comune} ${settings.endpoint} ${settings.maxInFlight} ${settings.timeoutMs}`;
    const known = agents.get(key) ?? new Agent({ connections: settings.maxInFlight, pipelining: 1, connect: { timeout: CONNECT_MS }, headersTimeout: settings.timeoutMs, bodyTimeout: settings.timeoutMs, maxResponseSize: MAX_ANSWER_BYTES });
    agents.set(key, known);
    return known;
  };
  return async (question) => {
    const domanda = domandaOf(question, clock());
    let message: string;
    try {
      message = envelope(buildRichiesta3002(domanda));
    } catch (error) {
      if (!(error instanceof NotSendable)) throw error;
      return { kind: 'failed', problem: 'anpr-ha-rifiutato', detail: `non-inviabile ${error.field}` };
    }
    const started = performance.now();
    const sent = await send(agentOf(question), question, message);
    const anprMs = Math.round(performance.now() - started);
    if (sent.kind === 'failed') return { ...sent, anprMs };
    return outcomeOf(sent.body, question, domanda, { anprMs, now: clock(), catastaleOf: (istat) => comuni().resolve(istat)?.comune });
  };
}

type Sent = { readonly kind: 'body'; readonly body: string } | Extract<ChannelOutcome, { kind: 'failed' }>;

async function send(dispatcher: Agent, question: ChannelQuestion, message: string): Promise<Sent> {
  const { settings, signal, mayRetry } = question;
  for (let attempt = 1; ; attempt++) {
    try {
      const { statusCode, body } = await request(settings.endpoint, { method: 'POST', dispatcher, signal, headers: { 'content-type': 'text/xml; charset=UTF-8', soapaction: '""' }, body: message });
      const text = await body.text();
      // Faults of the XML gateway come with 200 or 500: the body tells.
      if (statusCode === 200 || (statusCode === 500 && text.includes('Envelope'))) return { kind: 'body', body: text };
      return { kind: 'failed', problem: 'anpr-non-disponibile', detail: `http ${statusCode}` };
    } catch (error) {
      const code = (error as { readonly code?: string }).code ?? (error as Error).name;
      if (attempt === 1 && RETRYABLE.has(code) && !signal.aborted && mayRetry()) {
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
        if (mayRetry()) continue;
      }
      const late = error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError;
      return { kind: 'failed', problem: late ? 'anpr-tempo-scaduto' : 'anpr-non-disponibile', detail: code.slice(0, 60) };
    }
  }
}

const ROME = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Rome', timeZoneName: 'longOffset' });

/** `2026-11-23T10:15:30.120+01:00`: ANPR compares it with its own clock. */
export function romeDateTime(at: Date): string {
  const offset = ROME.formatToParts(at).find(({ type }) => type === 'timeZoneName')!.value.replace('GMT', '') || '+00:00';
  const minutes = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6));
  return new Date(at.getTime() + (offset.startsWith('-') ? -minutes : minutes) * 60_000).toISOString().replace('Z', offset);
}

function domandaOf({ operationId, settings, comune, environment, request: { soggetto }, sections, referenceDay, territory }: ChannelQuestion, now: Date): Domanda3002 {
  return {
    idOperazione: operationId,
    comuneIstat: settings.senderCode,
    comune: { nome: comune.name, codiceIstat: comune.istat, provincia: comune.province },
    dataOra: romeDateTime(now),
    tipoInvio: environment === 'produzione' ? 'PROD' : 'TEST',
    applicativo: APPLICATION,
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
}

function outcomeOf(body: string, question: ChannelQuestion, { criteri, comuneIstat }: Domanda3002, { anprMs, now, catastaleOf }: Received): ChannelOutcome {
  const { lookup, operationId, sections, environment } = question;
  try {
    const normalised = normalise(parseRisposta3002(body), { idOperazione: operationId, comuneIstat, criteri, sections, catastaleOf });
    if (normalised.kind === 'failed') return { ...normalised, anprMs };
    const { esito, avvertenze, numeroSoggetti, soggetti, anprOperationId } = normalised;
    const risposta: Risposta = {
      id: lookup,
      esito,
      avvertenze,
      ...(numeroSoggetti === undefined ? {} : { numeroSoggetti }),
      soggetti: [...soggetti],
      fonte: { ambiente: environment, canale: 'ws', idOperazione: operationId, ...(anprOperationId ? { idOperazioneANPR: anprOperationId } : {}), dataOra: now.toISOString() },
    };
    const found = soggetti.flatMap(({ codiceFiscale, idANPR }) => [...(codiceFiscale ? [{ kind: 'cf', value: codiceFiscale }] : []), ...(idANPR ? [{ kind: 'id', value: idANPR }] : [])]);
    return { kind: 'answered', risposta, sections: soggetti.length > 0 ? sections : [], persons: numeroSoggetti ?? soggetti.length, found, anprMs, ...(anprOperationId ? { anprOperationId } : {}) };
  } catch (error) {
    if (!(error instanceof RispostaIllegibile)) throw error;
    return { kind: 'failed', problem: 'anpr-non-disponibile', detail: `illeggibile ${error.reason}`.slice(0, 60), anprMs };
  }
}
