import type { ConnectionSettings, ImpostazioniConnessione, ImpostazioniPdnd, ImpostazioniWs, PdndProfile, PdndSettings, WsSettings, WsSigning } from '@geres/contracts';
import { isWs } from '../endpoints.domain.js';

/** Settings in the words of the API, there and back. What is not said is not written. */
export const settingsOf = (said: ImpostazioniConnessione): ConnectionSettings => ('indirizzo' in said ? wsOf(said) : pdndOf(said));
export const inWords = (settings: ConnectionSettings): ImpostazioniConnessione => (isWs(settings) ? wsInWords(settings) : pdndInWords(settings));

/** What is left of settings once all of them were said: a new one does not compile until it is said too. */
type Nothing = Readonly<Record<string, never>>;

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the members that are `undefined`: they are not the same as absent ones in what is signed and compared. */
const given = <T extends object>(all: T): Given<T> => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as Given<T>;

const wsOf = ({ indirizzo, codiceMittente, sicurezza, tempoMassimoMs, contemporanee, inAttesa, postazione, applicazione, indirizzoIp, firma, autorita, nomeServer, perOperatoreAlMinuto, interruttore, ...rest }: ImpostazioniWs): WsSettings =>
  given({
    ...(rest satisfies Nothing),
    endpoint: indirizzo,
    senderCode: codiceMittente,
    security: sicurezza === 'nessuna' ? ('none' as const) : sicurezza,
    timeoutMs: tempoMassimoMs,
    maxInFlight: contemporanee,
    maxQueued: inAttesa,
    breaker: interruttore && breakerOf(interruttore),
    station: postazione,
    application: applicazione,
    address: indirizzoIp,
    signing: firma && signingOf(firma),
    ca: autorita,
    serverName: nomeServer,
    operatorPerMinute: perOperatoreAlMinuto,
  });

const wsInWords = ({ endpoint, senderCode, security, timeoutMs, maxInFlight, maxQueued, station, application, address, signing, ca, serverName, operatorPerMinute, breaker, ...rest }: WsSettings): ImpostazioniWs =>
  given({
    ...(rest satisfies Nothing),
    indirizzo: endpoint,
    codiceMittente: senderCode,
    sicurezza: security === 'none' ? ('nessuna' as const) : security,
    tempoMassimoMs: timeoutMs,
    contemporanee: maxInFlight,
    inAttesa: maxQueued,
    interruttore: breaker && breakerInWords(breaker),
    postazione: station,
    applicazione: application,
    indirizzoIp: address,
    firma: signing && signingInWords(signing),
    autorita: ca,
    nomeServer: serverName,
    perOperatoreAlMinuto: operatorPerMinute,
  });

type Interruttore = NonNullable<ImpostazioniWs['interruttore']>;
type Breaker = NonNullable<WsSettings['breaker']>;

const breakerOf = ({ errori, silenzioMs, apertoMs, apertoMassimoMs, ...rest }: Interruttore): Breaker => given({ ...(rest satisfies Nothing), failures: errori, silenceMs: silenzioMs, openMs: apertoMs, openMaxMs: apertoMassimoMs });
const breakerInWords = ({ failures, silenceMs, openMs, openMaxMs, ...rest }: Breaker): Interruttore => given({ ...(rest satisfies Nothing), errori: failures, silenzioMs: silenceMs, apertoMs: openMs, apertoMassimoMs: openMaxMs });

type Firma = NonNullable<ImpostazioniWs['firma']>;
type Finestra = NonNullable<Firma['timestamp']>;
type Window = NonNullable<WsSigning['timestamp']>;

const windowOf = ({ durataMs, anticipoMs }: Finestra): Window => ({ lastsMs: durataMs, startsBeforeMs: anticipoMs });
const windowInWords = ({ lastsMs, startsBeforeMs }: Window): Finestra => ({ durataMs: lastsMs, anticipoMs: startsBeforeMs });

const signingOf = ({ algoritmo, impronta, riferimentoChiave, timestamp, asserzione, emittente, condizioniMs, ...rest }: Firma): WsSigning =>
  given({
    ...(rest satisfies Nothing),
    signature: algoritmo,
    digest: impronta,
    keyReference: riferimentoChiave,
    timestamp: timestamp && windowOf(timestamp),
    assertion: asserzione && windowOf(asserzione),
    issuer: emittente === 'operatore' ? ('operator' as const) : emittente && { name: emittente.nome },
    conditionsMs: condizioniMs,
  });

const signingInWords = ({ signature, digest, keyReference, timestamp, assertion, issuer, conditionsMs, ...rest }: WsSigning): Firma =>
  given({
    ...(rest satisfies Nothing),
    algoritmo: signature,
    impronta: digest,
    riferimentoChiave: keyReference,
    timestamp: timestamp && windowInWords(timestamp),
    asserzione: assertion && windowInWords(assertion),
    emittente: issuer === 'operator' ? ('operatore' as const) : issuer && { nome: issuer.name },
    condizioniMs: conditionsMs,
  });

const pdndOf = ({ tokenEndpoint, audienceAsserzione, emittente, jwksUrl, clientId, loa, lunghezzaEvidenza, ricercaPer, tempoMassimoMs, contemporanee, inAttesa, autorita, profili, interruttore, ...rest }: ImpostazioniPdnd): PdndSettings =>
  given({
    ...(rest satisfies Nothing),
    tokenEndpoint,
    assertionAudience: audienceAsserzione,
    issuer: emittente,
    jwksUrl,
    clientId,
    loa,
    evidenceMax: lunghezzaEvidenza,
    searchBy: ricercaPer,
    timeoutMs: tempoMassimoMs,
    maxInFlight: contemporanee,
    maxQueued: inAttesa,
    breaker: interruttore && breakerOf(interruttore),
    ca: autorita,
    profiles: each(profili, profileOf),
  });

const pdndInWords = ({ tokenEndpoint, assertionAudience, issuer, jwksUrl, clientId, loa, evidenceMax, searchBy, timeoutMs, maxInFlight, maxQueued, ca, profiles, breaker, ...rest }: PdndSettings): ImpostazioniPdnd =>
  given({
    ...(rest satisfies Nothing),
    tokenEndpoint,
    audienceAsserzione: assertionAudience,
    emittente: issuer,
    jwksUrl,
    clientId,
    loa,
    lunghezzaEvidenza: evidenceMax,
    ricercaPer: searchBy,
    tempoMassimoMs: timeoutMs,
    contemporanee: maxInFlight,
    inAttesa: maxQueued,
    interruttore: breaker && breakerInWords(breaker),
    autorita: ca,
    profili: each(profiles, profileInWords),
  });

type Profilo = NonNullable<ImpostazioniPdnd['profili']['C020']>;

const profileOf = ({ quotaGiornaliera, ...same }: Profilo): PdndProfile => given({ ...same, dailyQuota: quotaGiornaliera });
const profileInWords = ({ dailyQuota, ...same }: PdndProfile): Profilo => given({ ...same, quotaGiornaliera: dailyQuota });

const each = <K extends string, A, B>(all: Readonly<Partial<Record<K, A>>>, change: (one: A) => B): Partial<Record<K, B>> =>
  Object.fromEntries((Object.entries(all) as [K, A | undefined][]).flatMap(([key, one]) => (one === undefined ? [] : [[key, change(one)]]))) as Partial<Record<K, B>>;
