import { z } from 'zod';
import { Channel, CodiceCatastale, CodiceFiscale, Day, Instant } from '../common/scalars.js';
import { ConventionId } from '../convention/convention.events.js';
import { UserId } from '../user/user.events.js';
import { CertificateUse } from './connection.events.js';
import { IssuedChain, RequestedSubject, SealedToConnector } from './connection.messages.js';
import { CASI_USO, PdndProfile, PdndSettings } from './pdnd-settings.js';
import { AnprOperatorId, CertificateId } from './scalars.js';
import { WsSettings, WsSigning } from './ws-settings.js';

const ws = WsSettings.shape;
const signing = WsSigning.shape;
const pdnd = PdndSettings.shape;
const profile = PdndProfile.shape;

const { failures, silenceMs, openMs, openMaxMs } = ws.breaker.unwrap().shape;
/** When questions stop leaving because ANPR does not answer. */
const Interruttore = z.strictObject({ errori: failures, silenzioMs: silenceMs, apertoMs: openMs, apertoMassimoMs: openMaxMs }).meta({ description: 'Quando si smette di chiedere perché ANPR non risponde: errori di fila, silenzio che conta come errore, attesa prima di riprovare (all’inizio e al più)' });
const Capienza = {
  tempoMassimoMs: ws.timeoutMs.meta({ description: 'Millisecondi senza risposta dopo i quali si smette di aspettare' }),
  contemporanee: ws.maxInFlight.meta({ description: 'Richieste in viaggio verso ANPR, al più' }),
  inAttesa: ws.maxQueued.meta({ description: 'Richieste che aspettano il loro turno, al più' }),
  interruttore: Interruttore.optional(),
};
const Autorita = ws.ca.meta({ description: 'Certificati PEM delle autorità di cui fidarsi, mai quello del server' });
const Finestra = z.strictObject({ durataMs: signing.timestamp.unwrap().shape.lastsMs, anticipoMs: signing.timestamp.unwrap().shape.startsBeforeMs });

/** What ANPR does not publish of its message security: only what differs from the default is written. */
const OpzioniFirma = z.strictObject({
  algoritmo: signing.signature,
  impronta: signing.digest,
  riferimentoChiave: signing.keyReference,
  timestamp: Finestra.optional(),
  asserzione: Finestra.optional(),
  emittente: z.union([z.literal('operatore'), z.strictObject({ nome: z.string().regex(/^[\x20-\x7e]{1,80}$/) })]).optional(),
  condizioniMs: signing.conditionsMs,
});

/** How a Comune reaches ANPR's web services, in the words of the API. */
export const ImpostazioniWs = z
  .strictObject({
    indirizzo: ws.endpoint.meta({ description: 'Indirizzo del servizio 3002' }),
    codiceMittente: ws.senderCode,
    sicurezza: z.enum(['nessuna', 'wss']).meta({ description: 'wss: messaggi firmati. Senza sicurezza ci si collega al solo simulatore' }),
    ...Capienza,
    postazione: ws.station.meta({ description: 'IdPostazione; se manca, il server del Comune (058091-CO-9999)' }),
    applicazione: ws.application,
    indirizzoIp: ws.address.meta({ description: 'Indirizzo IP pubblico del Comune, per l’asserzione' }),
    firma: OpzioniFirma.optional(),
    autorita: Autorita,
    nomeServer: ws.serverName,
    perOperatoreAlMinuto: ws.operatorPerMinute,
  })
  .meta({ id: 'ImpostazioniWs' });
export type ImpostazioniWs = z.output<typeof ImpostazioniWs>;

const ProfiloPdnd = z.strictObject({
  url: profile.url.meta({ description: 'Indirizzo dell’operazione, fino a /anpr-service-e002' }),
  audience: profile.audience,
  purposeId: profile.purposeId.meta({ description: 'Finalità registrata in PDND' }),
  eserviceId: profile.eserviceId,
  kid: profile.kid.meta({ description: 'Impronta della chiave del client, installata nella connessione' }),
  quotaGiornaliera: profile.dailyQuota,
  regime: profile.regime,
  dpop: profile.dpop,
});

/** How a Comune reaches the e-services of ANPR over PDND, in the words of the API. */
export const ImpostazioniPdnd = z
  .strictObject({
    tokenEndpoint: pdnd.tokenEndpoint,
    audienceAsserzione: pdnd.assertionAudience,
    emittente: pdnd.issuer,
    jwksUrl: pdnd.jwksUrl,
    clientId: pdnd.clientId,
    loa: pdnd.loa,
    lunghezzaEvidenza: pdnd.evidenceMax,
    ricercaPer: pdnd.searchBy,
    ...Capienza,
    autorita: Autorita,
    profili: z.partialRecord(z.enum(CASI_USO), ProfiloPdnd),
  })
  .meta({ id: 'ImpostazioniPdnd' });
export type ImpostazioniPdnd = z.output<typeof ImpostazioniPdnd>;

export const ImpostazioniConnessione = z.union([ImpostazioniWs, ImpostazioniPdnd]);
export type ImpostazioniConnessione = z.output<typeof ImpostazioniConnessione>;

export const NuovoOperatoreAnpr = z
  .strictObject({
    codiceFiscale: CodiceFiscale,
    dal: Day,
    al: Day.optional(),
    informatoIl: Instant.meta({ description: 'Quando l’operatore è stato informato che si chiederà ad ANPR in suo nome' }),
    accettatoIl: Instant.meta({ description: 'Quando ha accettato' }),
    convenzione: ConventionId.optional().meta({ description: 'Solo per le richieste di questa convenzione; se manca, per tutte quelle che non hanno un operatore loro' }),
  })
  .meta({ id: 'NuovoOperatoreAnpr' });
export type NuovoOperatoreAnpr = z.output<typeof NuovoOperatoreAnpr>;

const Responsabile = { responsabile: UserId.optional().meta({ description: 'Utente che ne cura il rinnovo; se manca, chi fa la richiesta' }) };
const Uso = CertificateUse.meta({ description: 'ws: firma (messaggi e asserzioni), postazione (solo la postazione), tls (mostrato in rete); pdnd: client' });

export const NuovoCertificato = z
  .strictObject({ uso: Uso, sigillato: SealedToConnector.meta({ description: 'JWE compatto per la chiave del connettore: { pkcs12 (base64), password } oppure, per un client PDND, { pem, password? }' }), ...Responsabile })
  .meta({ id: 'NuovoCertificato' });
export type NuovoCertificato = z.output<typeof NuovoCertificato>;

const { commonName, organization, locality, province } = RequestedSubject.shape;
export const NuovaRichiestaCertificato = z
  .strictObject({ uso: Uso, soggetto: z.strictObject({ nome: commonName, organizzazione: organization, localita: locality, provincia: province }), ...Responsabile })
  .meta({ id: 'NuovaRichiestaCertificato' });
export type NuovaRichiestaCertificato = z.output<typeof NuovaRichiestaCertificato>;

export const CertificatoEmesso = z.strictObject({ catena: IssuedChain.meta({ description: 'Il certificato e quelli sopra di lui, PEM' }) }).meta({ id: 'CertificatoEmesso' });
export type CertificatoEmesso = z.output<typeof CertificatoEmesso>;

export const CertificatoDispositivo = z
  .strictObject({ uso: Uso, etichetta: z.string().min(1).max(64).meta({ description: 'CKA_LABEL della chiave nel dispositivo' }), catena: IssuedChain.optional(), ...Responsabile })
  .meta({ id: 'CertificatoDispositivo' });
export type CertificatoDispositivo = z.output<typeof CertificatoDispositivo>;

export const NuovaProva = z.strictObject({ casoUso: z.enum(CASI_USO).optional().meta({ description: 'pdnd: l’e-service di cui chiedere il voucher; se manca, il primo configurato' }) }).meta({ id: 'NuovaProva' });
export type NuovaProva = z.output<typeof NuovaProva>;

/** The public key to which keys and passwords are sealed. */
export const ChiaveConnettore = z.object({ chiave: z.record(z.string(), z.unknown()).meta({ description: 'JWK pubblica, con kid e alg' }), enc: z.literal('A256GCM') }).meta({ id: 'ChiaveConnettore' });
export type ChiaveConnettore = z.output<typeof ChiaveConnettore>;

export const ProvaConnessione = z
  .object({
    riuscita: z.boolean(),
    quando: Instant,
    durataMs: z.int(),
    passo: z.string().optional().meta({ description: 'Dove si è fermata' }),
    dettaglio: z.string().optional(),
    spiegazione: z.string(),
    rimedio: z.string().optional(),
  })
  .meta({ id: 'ProvaConnessione' });
export type ProvaConnessione = z.output<typeof ProvaConnessione>;

const Certificato = z.object({
  id: CertificateId,
  uso: CertificateUse,
  kid: z.string(),
  responsabile: UserId,
  custodia: z.enum(['connettore', 'dispositivo']),
  inUso: z.boolean().meta({ description: 'Se in questo momento si usa questo' }),
  x509: z.object({ impronta: z.string(), soggetto: z.string(), emittente: z.string(), seriale: z.string(), validoDal: Instant, validoAl: Instant, giorniRimasti: z.int() }).optional(),
});

export const Connessione = z
  .object({
    comune: CodiceCatastale,
    canale: Channel,
    stato: z.enum(['configurata', 'attiva', 'sospesa']),
    impostazioni: ImpostazioniConnessione,
    operatori: z.array(z.object({ id: AnprOperatorId, convenzione: ConventionId.optional(), dal: Day, al: Day.optional(), informatoIl: Instant, accettatoIl: Instant, inCarica: z.boolean() })),
    certificati: z.array(Certificato),
    richieste: z.array(z.object({ id: CertificateId, uso: CertificateUse, kid: z.string(), responsabile: UserId })).meta({ description: 'Chiavi fatte nel connettore che aspettano il certificato' }),
    ultimaProva: ProvaConnessione.optional(),
  })
  .meta({ id: 'Connessione' });
export type Connessione = z.output<typeof Connessione>;
export const ElencoConnessioni = z.object({ connessioni: z.array(Connessione) }).meta({ id: 'ElencoConnessioni' });

export const RichiestaCertificato = z
  .object({
    id: CertificateId,
    kid: z.string(),
    richiesta: z.string().optional().meta({ description: 'PKCS#10 in PEM, per l’autorità di certificazione' }),
    chiavePubblica: z.string().optional().meta({ description: 'SPKI in PEM, da caricare in PDND' }),
  })
  .meta({ id: 'RichiestaCertificato' });
export type RichiestaCertificato = z.output<typeof RichiestaCertificato>;
