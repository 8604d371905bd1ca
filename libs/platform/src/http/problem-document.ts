import { BusUnavailable, Problem, StoreUnavailable, WrongVersion } from '@geres/kernel';
import { HttpException } from '@nestjs/common';
import { failHttp } from './http.problems.js';

/** RFC 9457, as GeRes answers it. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly correlationId: string;
  readonly [member: string]: unknown;
}

/** `instance` names the occurrence, not the address: addresses are the caller's words. */
export const documentOf = ({ code, title, status, detail, params }: Problem, correlationId: string): ProblemDocument => ({
  ...params,
  type: `urn:geres:problema:${code}`,
  title,
  status,
  detail,
  instance: `urn:geres:occorrenza:${correlationId}`,
  correlationId,
});

type HttpCode = keyof typeof failHttp.catalogue;

const BY_STATUS: Readonly<Record<number, HttpCode>> = {
  400: 'richiesta-non-valida',
  401: 'non-autenticato',
  403: 'non-autorizzato',
  404: 'non-trovato',
  405: 'metodo-non-ammesso',
  408: 'richiesta-troppo-lenta',
  409: 'conflitto',
  412: 'versione-superata',
  413: 'corpo-troppo-grande',
  414: 'indirizzo-troppo-lungo',
  415: 'tipo-non-ammesso',
  417: 'attesa-non-ammessa',
  429: 'troppe-richieste',
  431: 'intestazioni-troppo-grandi',
  503: 'servizio-non-pronto',
};

/** The problem for a status that a library chose; other 4xx are said to be bad requests, all else is ours. */
export const problemOfStatus = (status: number): Problem => failHttp(BY_STATUS[status] ?? (status >= 400 && status < 500 ? 'richiesta-non-valida' : 'errore-interno'));

/** The problem that stands for anything thrown; `errore-interno` for what nobody foresaw. `conditional`: the request had `If-Match`. */
export function problemOf(thrown: unknown, conditional = false): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof WrongVersion) return failHttp(conditional ? 'versione-superata' : 'conflitto');
  if (thrown instanceof StoreUnavailable || thrown instanceof BusUnavailable) return failHttp('servizio-non-pronto');
  if (thrown instanceof HttpException) return problemOfStatus(thrown.getStatus());
  return ofFastify(thrown) ?? failHttp('errore-interno');
}

/** Only what Fastify itself says about a request: an error of another library may carry a `statusCode` of its own, which is not about the caller. */
function ofFastify(thrown: unknown): Problem | undefined {
  const { code, statusCode } = (thrown ?? {}) as { readonly code?: unknown; readonly statusCode?: unknown };
  if (typeof code !== 'string' || !code.startsWith('FST_') || typeof statusCode !== 'number' || statusCode >= 500) return undefined;
  const body = BODY_FAULTS[code];
  return body === undefined ? problemOfStatus(statusCode) : failHttp('richiesta-non-valida', { errori: [{ campo: 'corpo', messaggio: body }] });
}

const BODY_FAULTS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'manca',
  FST_ERR_CTP_INVALID_JSON_BODY: 'non è JSON valido',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'non è lungo quanto dice Content-Length',
};
