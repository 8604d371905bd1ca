import type { Box } from '@geres/platform/keys';
import type { LookupEvent } from '@geres/contracts';
import { AlreadyThere, canonical, type Collection, type EventMeta } from '@geres/kernel';
import type { Clock } from '@geres/platform';
import type { ChannelOutcome } from '../channel/channel.js';
import type { Entry } from '../register/register.domain.js';
import { OUTCOME, type Register } from '../register/register.js';

/** An answer kept for pick-up: sealed under a key that only connectors hold. */
export interface StoredAnswer {
  readonly sealed: string;
}

/** How long an answer can be picked up. */
export const PICK_UP_MS = 10 * 60_000;

export interface Concluding {
  readonly lookup: string;
  readonly comune: string;
  readonly register: Register;
  readonly meta: EventMeta;
  /** The Comune's keys of the lookup's month. */
  readonly archive: Box;
}

export interface ConclusionPorts {
  readonly answers: Collection<StoredAnswer>;
  /** Of the answers kept for pick-up. */
  readonly box: () => Promise<Box>;
  readonly clock: Clock;
}

/**
 * Settles a lookup: the answer is stored for pick-up, then its outcome is appended, durable before anybody is told. False: the lookup was closed otherwise and
 * the answer is discarded.
 */
export async function conclude(of: Concluding, outcome: ChannelOutcome, { answers, box, clock }: ConclusionPorts): Promise<boolean> {
  if (outcome.kind === 'answered') {
    const sealed = (await box()).seal(outcome.risposta, of.lookup);
    try {
      await answers.insert(of.lookup, { sealed }, { expiresAt: new Date(clock().getTime() + PICK_UP_MS) });
    } catch (error) {
      if (!(error instanceof AlreadyThere)) throw error; // an append that is repeated: the answer is there
    }
  }
  const event = outcomeEvent(of, outcome);
  return of.register.enter<boolean>(
    (state) => {
      const open = state.open.has(of.lookup);
      return { events: open ? [event] : [], meta: of.meta, firstIndex: OUTCOME, result: open || isConcluded(state.lookups.get(of.lookup), outcome) };
    },
    { evenIfLost: true },
  );
}

/** Whether an earlier attempt was recorded after all, though it was told to have failed: nobody else concludes a lookup of this process. */
const isConcluded = (entry: Entry | undefined, outcome: ChannelOutcome): boolean => entry?.status === outcome.kind && (outcome.kind === 'answered' || entry.problem === outcome.problem);

function outcomeEvent({ lookup, comune, archive }: Concluding, outcome: ChannelOutcome): LookupEvent {
  if (outcome.kind === 'failed') {
    const { problem, detail, anprOperationId, anprMs } = outcome;
    return {
      type: 'anpr.lookup.failed',
      v: 1,
      data: { lookup, comune, problem, ...(detail ? { detail } : {}), ...(anprOperationId ? { anprOperationId } : {}), ...(anprMs === undefined ? {} : { anprMs }) },
    };
  }
  const { risposta, sections, persons, anprOperationId, found, anprMs } = outcome;
  return {
    type: 'anpr.lookup.answered',
    v: 1,
    data: {
      lookup,
      comune,
      outcome: risposta.esito as 'trovato',
      sections: [...sections],
      persons,
      ...(anprOperationId ? { anprOperationId } : {}),
      answer: archive.digest(canonical(risposta)),
      tags: found.map(({ kind, value }) => archive.tag(kind, value)),
      anprMs,
    },
  };
}
