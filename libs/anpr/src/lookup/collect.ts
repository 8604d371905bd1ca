import type { CollectLookup } from '@geres/contracts';
import { decodeTime } from 'ulid';
import { collectable, standing } from './admission.domain.js';
import { problemAnswer } from './answers.js';
import type { AskPorts } from './ask.js';
import { civil } from './civil.domain.js';
import type { LookupProblem } from './lookup.problems.js';

const DAY_MS = 86_400_000;

/** A pick-up: same operator and application, their rights checked again. */
export async function collect({ id, expiresAt, data }: CollectLookup, { registers, view, answers, pickUp, clock }: Pick<AskPorts, 'registers' | 'view' | 'answers' | 'pickUp' | 'clock'>): Promise<void> {
  const { comune, lookup, caller } = data;
  const now = clock();
  if (now.getTime() >= Date.parse(expiresAt)) return; // nobody waits for it any more
  const say = (code: LookupProblem): Promise<void> => answers.tell(id, problemAnswer(lookup, code));
  const { day } = civil(new Date(decodeTime(lookup)));
  if (day !== civil(now).day && day !== civil(new Date(now.getTime() - DAY_MS)).day) return say('richiesta-sconosciuta');
  const [register, seen] = await Promise.all([registers.existing(comune, day), view.seen(caller.session)]);
  await view.freshened();
  if (!seen || !view.isFresh()) return say('diritti-non-verificabili');
  const asker = { ...caller, comune };
  const stopped = standing(asker, view.facts());
  if (stopped) return say(stopped);
  const entry = register && (await pickUp.find(register, lookup));
  if (!entry || entry.user !== caller.user || entry.application !== caller.application) return say('richiesta-sconosciuta');
  const wrong = collectable(asker, entry.convention, view.facts());
  if (wrong) return say(wrong);
  if (entry.status === 'open') return answers.tell(id, { kind: 'pending', lookup, retryAfter: 1 });
  await answers.tell(id, await pickUp.outcome(lookup, entry));
}
