import { romeDay, type PdndSettings } from '@geres/contracts';
import type { JWTVerifyGetKey } from 'jose';
import type { Dispatcher } from 'undici';
import { buildRichiestaE002, furtherOperationId, normaliseE002, type CasoUso } from '../../protocol/pdnd/index.js';
import type { Criteri, Normalised } from '../../protocol/soap/index.js';
import type { ChannelOutcome, ChannelQuestion } from '../channel.js';
import { outcomeOf } from '../outcome.js';
import type { PdndPorts } from '../pdnd.channel.js';
import type { EServices } from './e-service.js';
import { failed, type Failed } from './exchange.js';

export interface Journey extends PdndPorts {
  readonly question: ChannelQuestion<PdndSettings>;
  readonly caller: NonNullable<ChannelQuestion['caller']>;
  /** The e-service that answers the question. */
  readonly casoUso: CasoUso;
  readonly services: EServices;
  readonly dispatcher: Dispatcher;
  readonly keys: JWTVerifyGetKey;
}

/** A step that came to an answer, with the id of the operation that gave it. */
interface Step {
  readonly normalised: Normalised;
  readonly operationId: string;
}

/** What the calls of one lookup have in common. */
interface Travelled {
  calls: number;
  anprMs: number;
  called: boolean;
}

/**
 * From the question to its answer in up to three calls: an idANPR for a codice fiscale; where only residents may be looked at, where the person lives; the
 * service itself. An idANPR that was known and is nobody's is asked for once more. Errors: `NotSendable`.
 */
export async function journey(of: Journey): Promise<ChannelOutcome> {
  const travelled: Travelled = { calls: 0, anprMs: 0, called: false };
  const end = await steps(of, travelled);
  const timed = travelled.called ? { anprMs: travelled.anprMs } : {};
  return 'kind' in end ? { ...end, ...timed } : outcomeOf(end.normalised, of.question, { channel: 'pdnd', operationId: end.operationId, now: of.clock(), anprMs: travelled.anprMs });
}

async function steps(of: Journey, travelled: Travelled): Promise<Step | Failed> {
  const { question, casoUso, idAnprs } = of;
  const { settings, request: { soggetto }, comune: { comune } } = question;
  if (!('codiceFiscale' in soggetto) || casoUso === 'C030' || settings.searchBy !== 'idANPR') return served(soggetto, of, travelled);
  const { codiceFiscale } = soggetto;
  const known = await idAnprs.find(comune, codiceFiscale);
  const first = known === undefined ? undefined : await served({ idANPR: known }, of, travelled);
  if (first && !isNobody(first)) return first;
  // Not known, or nobody's: cards may have been joined since it was found out.
  const now = await resolved(codiceFiscale, of, travelled);
  if ('kind' in now || 'normalised' in now) return now;
  return first && 'idANPR' in now && now.idANPR === known ? first : served(now, of, travelled);
}

const isNobody = (step: Step | Failed): boolean => !('kind' in step) && step.normalised.kind === 'answered' && step.normalised.esito === 'non-trovato';

/** What to ask by in the place of a codice fiscale; or the end of the question, where it ends here. */
async function resolved(codiceFiscale: string, of: Journey, travelled: Travelled): Promise<Criteri | Step | Failed> {
  const { comune: { comune }, territory } = of.question;
  const step = await call('C030', { codiceFiscale }, of, travelled, []);
  if ('kind' in step) return step;
  const person = foundIn(step);
  // Of several under one codice fiscale, who may look at residents alone is told nothing yet.
  if (!person) return territory === 'residenti' && step.normalised.kind === 'answered' && step.normalised.esito === 'ambiguo' ? { codiceFiscale } : step;
  const { idANPR } = person;
  if (idANPR === undefined) return failed('risposta-non-coerente', 'senza-idANPR');
  await of.idAnprs.keep(comune, codiceFiscale, idANPR);
  return { idANPR };
}

/** The service itself; where only residents may be looked at, where the person lives first. */
async function served(asked: Criteri, of: Journey, travelled: Travelled): Promise<Step | Failed> {
  const { question, casoUso } = of;
  let criteri = asked;
  if (question.territory === 'residenti' && casoUso !== 'C020') {
    const step = await call('C020', criteri, of, travelled, []);
    if ('kind' in step) return step;
    const person = foundIn(step);
    if (!person) return step;
    if (person.idANPR !== undefined && casoUso !== 'C030') criteri = { idANPR: person.idANPR };
  }
  return call(casoUso, criteri, of, travelled, question.sections);
}

const foundIn = ({ normalised }: Step) => (normalised.kind === 'answered' && normalised.esito === 'trovato' ? normalised.soggetti[0] : undefined);

async function call(casoUso: CasoUso, criteri: Criteri, of: Journey, travelled: Travelled, sections: readonly string[]): Promise<Step | Failed> {
  const { question, signerOf, services, dispatcher, keys, clock, comuni } = of;
  const { settings, request: { motivo, pratica, soggetto }, comune: { comune }, referenceDay: dataRiferimento, territory: territorio, declared: dichiarati } = question;
  const profile = settings.profiles[casoUso];
  if (!profile) return failed('connessione-non-attiva', `profilo-assente-${casoUso}`);
  const signer = await signerOf(comune, profile.kid).catch(() => undefined);
  if (signer?.kid !== profile.kid) return failed('connessione-non-attiva', `chiave-assente-${casoUso}`);
  const number = travelled.calls + 1;
  const operationId = number === 1 ? question.operationId : furtherOperationId(question.operationId, number);
  const body = buildRichiestaE002({ casoUso, idOperazione: operationId, criteri, dichiarati, dataRiferimento, oggi: romeDay(clock()), motivo: pratica ?? motivo });
  const unrecorded = number === 1 ? undefined : await recorded(question, operationId);
  if (unrecorded) return unrecorded;
  travelled.calls = number;
  const { clientId, loa, evidenceMax } = settings;
  const { audience, purposeId } = profile;
  // The end of an id is what tells it from others.
  const short = (id: string): string => id.slice(-evidenceMax);
  const who = { clientId, audience, purposeId, userId: short(of.caller.user), userLocation: short(of.caller.location), loa };
  const called = await services.call({ casoUso, settings, profile, signer, who, operationId, body, dispatcher, keys, forbidden: () => forbidden(of), signal: question.signal });
  if (called.anprMs !== undefined) {
    travelled.called = true;
    travelled.anprMs += called.anprMs;
  }
  if (called.kind === 'failed') return called;
  const catastaleOf = (istat: string): string | undefined => comuni().resolve(istat)?.comune;
  const codiceFiscale = 'codiceFiscale' in soggetto ? soggetto.codiceFiscale : undefined;
  const isOwn = (istat: string): boolean => istat === question.comune.istat || catastaleOf(istat) === comune;
  const normalised = normaliseE002(called.risposta, { casoUso, criteri, codiceFiscale, territorio, sections, catastaleOf, isOwn });
  const traced = normalised.kind === 'failed' && normalised.anprOperationId === undefined && called.trace !== undefined ? { ...normalised, anprOperationId: called.trace } : normalised;
  return { normalised: traced, operationId };
}

/** A further call is durable before it starts, and does not start past its time. */
async function recorded({ further }: Pick<ChannelQuestion, 'further'>, operationId: string): Promise<Failed | undefined> {
  if (!further) return failed('connessione-non-attiva', 'ulteriore-chiamata-non-registrabile');
  const wrong = await further(operationId);
  return wrong && failed(wrong, 'ulteriore-chiamata');
}

function forbidden({ question: { signal, askBy, forbids }, clock }: Journey): Failed | undefined {
  if (signal.aborted) return failed('richiesta-interrotta', 'fermata');
  if (clock() >= askBy) return failed('scaduta', 'prima-di-partire');
  const wrong = forbids();
  return wrong && failed(wrong, 'non-più-ammessa');
}
