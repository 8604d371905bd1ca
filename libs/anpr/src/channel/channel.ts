import type { ConnectionSettings, LookupRequest, PdndSettings, Territory, WsSettings } from '@geres/contracts';
import type { Environment } from '@geres/kernel';
import type { AnprOperator } from '../connection/connection.domain.js';
import { isWs } from '../connection/endpoints.domain.js';
import type { LookupProblem } from '../lookup/lookup.problems.js';
import type { Dichiarati } from '../protocol/pdnd/index.js';

/** One question, admitted and recorded, about to leave. */
export interface ChannelQuestion<S extends ConnectionSettings = ConnectionSettings> {
  readonly lookup: string;
  readonly operationId: string;
  readonly comune: { readonly comune: string; readonly name: string; readonly province: string; readonly istat: string };
  readonly settings: S;
  /** In whose name `ws` asks. */
  readonly anprOperator?: AnprOperator;
  readonly request: LookupRequest;
  /** Civil day in Europe/Rome to which the question refers. */
  readonly referenceDay: string;
  readonly sections: readonly string[];
  readonly territory: Territory;
  readonly environment: Environment;
  /** No call and no transport retry starts past it. */
  readonly askBy: Date;
  /** What forbids a call or a transport retry to start now: the rights are checked again. */
  readonly forbids: () => LookupProblem | undefined;
  readonly signal: AbortSignal;
  /** Who asks and from where, as ANPR keeps it over `pdnd`: opaque ids, never a codice fiscale. */
  readonly caller?: { readonly user: string; readonly location: string };
  /** What was declared about the person, where a verification needs it. */
  readonly declared?: Dichiarati;
  /** Makes one more call to ANPR for this lookup durable, before it starts; resolves to why it is not, and may not start. A channel that needs it and has it not fails. */
  readonly further?: (operationId: string) => Promise<LookupProblem | undefined>;
}

/** The normalised answer or the reason why there is none. Personal data stays in `risposta`. */
export type ChannelOutcome =
  | {
      readonly kind: 'answered';
      /** `Risposta` of contracts. */
      readonly risposta: Readonly<Record<string, unknown>> & { readonly esito: string };
      readonly sections: readonly string[];
      readonly persons: number;
      readonly anprOperationId?: string;
      /** Codici fiscali and idANPR of the persons found, to find the lookup again by them. */
      readonly found: readonly { readonly kind: string; readonly value: string }[];
      readonly anprMs: number;
    }
  | {
      readonly kind: 'failed';
      readonly problem: LookupProblem;
      readonly detail?: string;
      readonly anprOperationId?: string;
      readonly anprMs?: number;
      /** Seconds, where better than the default of the problem is known. */
      readonly retryAfter?: number;
      /** ANPR, or PDND, wants to be asked less: nothing for so long, if it said for how long. */
      readonly throttled?: { readonly forMs?: number };
    };

/** Asks ANPR one question. Never throws: what goes wrong is an outcome. */
export type AskChannel<S extends ConnectionSettings = ConnectionSettings> = (question: ChannelQuestion<S>) => Promise<ChannelOutcome>;

export interface Channels {
  readonly ws: AskChannel<WsSettings>;
  readonly pdnd: AskChannel<PdndSettings>;
}

/** Over the channel whose settings the question carries. */
export const askOver = ({ ws, pdnd }: Channels, { settings, ...question }: ChannelQuestion): Promise<ChannelOutcome> => (isWs(settings) ? ws({ ...question, settings }) : pdnd({ ...question, settings }));
