import { known, connectionEvents, romeDay, type Channel, type Connessione, type ConnectionEvent, type ProvaConnessione } from '@geres/contracts';
import { fold, type Recorded } from '@geres/kernel';
import { inUse, type UsableCertificate } from '../certificates.domain.js';
import { connection, type PresentConnection } from '../connection.domain.js';
import { explained } from './explained.domain.js';
import { inWords } from './settings-words.domain.js';

const STATES = { configured: 'configurata', active: 'attiva', suspended: 'sospesa' } as const;
const DAY_MS = 86_400_000;

type Of<T extends ConnectionEvent['type']> = Extract<ConnectionEvent, { type: T }>;

/** A connection as its events tell it; `undefined` where there is none. Codici fiscali and keys are not in it. */
export function viewOf(comune: string, channel: Channel, events: readonly Recorded[], now: Date): Connessione | undefined {
  const state = fold(connection, events);
  if (state.status === 'absent') return undefined;
  const last = lastTest(channel, events);
  return {
    comune,
    canale: channel,
    stato: STATES[state.status],
    impostazioni: inWords(state.settings),
    operatori: operatorsIn(state, events, now),
    certificati: state.certificates.map((one) => certificateIn(one, state, now)),
    richieste: state.requested.map(({ certificate: id, use: uso, kid, responsible: responsabile }) => ({ id, uso, kid, responsabile })),
    ...(last ? { ultimaProva: last } : {}),
  };
}

const ofType = <T extends ConnectionEvent['type']>(events: readonly Recorded[], type: T): readonly { readonly event: Of<T>; readonly at: string }[] =>
  events.filter((one) => one.type === type).map((one) => ({ event: known(connectionEvents, one) as unknown as Of<T>, at: one.meta.recordedAt }));

function operatorsIn({ operators }: PresentConnection, events: readonly Recorded[], now: Date): Connessione['operatori'] {
  const today = romeDay(now);
  const assigned = ofType(events, 'anpr.connection.operator-assigned').map(({ event }) => event.data);
  return operators.map(({ operator: id, convention, from, to }) => {
    const { informedAt, acceptedAt } = assigned.findLast((one) => one.operator === id && one.convention === convention)!;
    return { id, ...(convention === undefined ? {} : { convenzione: convention }), dal: from, ...(to === undefined ? {} : { al: to }), informatoIl: informedAt, accettatoIl: acceptedAt, inCarica: from <= today && (to === undefined || today <= to) };
  });
}

function certificateIn({ certificate: id, use: uso, kid, responsible: responsabile, custody: custodia, x509 }: UsableCertificate, { certificates, settings }: PresentConnection, now: Date): Connessione['certificati'][number] {
  const used = uso === 'client' ? 'profiles' in settings && Object.values(settings.profiles).some((profile) => profile.kid === kid) : inUse(certificates, uso, now)?.certificate === id;
  if (!x509) return { id, uso, kid, responsabile, custodia, inUso: used };
  const { thumbprint: impronta, subject: soggetto, issuer: emittente, serial: seriale, notBefore: validoDal, notAfter: validoAl } = x509;
  const giorniRimasti = Math.floor((Date.parse(validoAl) - now.getTime()) / DAY_MS);
  return { id, uso, kid, responsabile, custodia, inUso: used, x509: { impronta, soggetto, emittente, seriale, validoDal, validoAl, giorniRimasti } };
}

function lastTest(channel: Channel, events: readonly Recorded[]): ProvaConnessione | undefined {
  const last = ofType(events, 'anpr.connection.tested').at(-1);
  if (!last) return undefined;
  const { succeeded: riuscita, step, detail, elapsedMs: durataMs } = last.event.data;
  return { riuscita, quando: last.at, durataMs, ...(step === undefined ? {} : { passo: step }), ...(detail === undefined ? {} : { dettaglio: detail }), ...explained(channel, { succeeded: riuscita, step }) };
}
