import type { Channel, Risposta } from '@geres/contracts';
import type { Normalised } from '../protocol/outcomes.js';
import type { ChannelOutcome, ChannelQuestion } from './channel.js';

export interface Asked {
  readonly channel: Channel;
  /** Of the call that gave the answer. */
  readonly operationId: string;
  readonly now: Date;
  readonly anprMs: number;
}

/** What a channel has normalised, as the one answer with its source: the same whatever the channel. */
export function outcomeOf(normalised: Normalised, { lookup, environment, sections }: Pick<ChannelQuestion, 'lookup' | 'environment' | 'sections'>, { channel, operationId, now, anprMs }: Asked): ChannelOutcome {
  if (normalised.kind === 'failed') return { ...normalised, anprMs };
  const { esito, avvertenze, numeroSoggetti, soggetti, anprOperationId } = normalised;
  const risposta: Risposta = {
    id: lookup,
    esito,
    avvertenze,
    ...(numeroSoggetti === undefined ? {} : { numeroSoggetti }),
    soggetti: [...soggetti],
    fonte: { ambiente: environment, canale: channel, idOperazione: operationId, ...(anprOperationId ? { idOperazioneANPR: anprOperationId } : {}), dataOra: now.toISOString() },
  };
  const found = soggetti.flatMap(({ codiceFiscale, idANPR }) => [...(codiceFiscale ? [{ kind: 'cf', value: codiceFiscale }] : []), ...(idANPR ? [{ kind: 'id', value: idANPR }] : [])]);
  return { kind: 'answered', risposta, sections: soggetti.length > 0 ? sections : [], persons: numeroSoggetti ?? soggetti.length, found, anprMs, ...(anprOperationId ? { anprOperationId } : {}) };
}
