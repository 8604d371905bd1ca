import {
  allEvents,
  UnknownEvent,
  type ApplicationEvent,
  type ArchiveEvent,
  type ComuneEvent,
  type ConnectionEvent,
  type ConventionEvent,
  type EnteEvent,
  type LoginEvent,
  type LookupEvent,
  type ProfileEvent,
  type RegisterEvent,
  type SessionEvent,
  type UserEvent,
} from '@geres/contracts';
import type { DomainEvent, EventMeta } from '@geres/kernel';
import { counted, inMonth, listed, roleInWords, since, termsInWords } from './phrases.js';

type AnyEvent = ComuneEvent | EnteEvent | ConventionEvent | ProfileEvent | UserEvent | LoginEvent | ApplicationEvent | SessionEvent | ConnectionEvent | RegisterEvent | LookupEvent | ArchiveEvent;
type Words = { readonly [T in AnyEvent['type']]: (data: Extract<AnyEvent, { readonly type: T }>['data']) => string };

/**
 * Ids, codes and days alone: sealed fields, tags and free text (the reasons that people write) are never part of a sentence. A new type of event does not
 * compile until it has its words.
 */
const WORDS: Words = {
  'identity.comune.registered': ({ comune, name, province }) => `Il Comune ${comune} (${name}, ${province}) è stato registrato`,
  'identity.comune.codes-changed': ({ comune, istatCodes }) => `Il Comune ${comune} ha codici ISTAT ${listed(istatCodes.map(({ code, from }) => `${code} dal ${from}`))}`,
  'identity.comune.renamed': ({ comune, name, from }) => `Il Comune ${comune} si chiama ${name} dal ${from}`,
  'identity.comune.succeeded': ({ comune, by, from }) => `Al Comune ${comune} succede il Comune ${by} dal ${from}`,
  'identity.comune.suspended': ({ comune }) => `Il Comune ${comune} è stato sospeso: nulla si chiede in suo nome`,
  'identity.comune.resumed': ({ comune }) => `Il Comune ${comune} è stato riattivato`,

  'identity.ente.registered': ({ ente, name, kind }) => `L’Ente ${ente} (${name}, ${kind}) è stato registrato`,
  'identity.ente.changed': ({ ente, name, kind }) => `L’Ente ${ente} ora è ${name} (${kind})`,
  'identity.ente.office-added': ({ ente, office, name }) => `L’Ente ${ente} ha l’ufficio ${office} (${name})`,
  'identity.ente.office-closed': ({ ente, office }) => `L’ufficio ${office} dell’Ente ${ente} è stato chiuso`,

  'identity.convention.drafted': ({ convention, comune, ente, terms }) => `È stata preparata la convenzione ${convention} fra il Comune ${comune} e l’Ente ${ente}: ${termsInWords(terms)}`,
  'identity.convention.amended': ({ convention, terms }) => `La convenzione ${convention} è stata modificata: ${termsInWords(terms)}`,
  'identity.convention.approved': ({ convention, recertifyBy }) => `La convenzione ${convention} è stata approvata, da riconfermare entro il ${recertifyBy}`,
  'identity.convention.application-admitted': ({ convention, application }) => `L’applicazione ${application} è stata ammessa alla convenzione ${convention}`,
  'identity.convention.application-removed': ({ convention, application }) => `L’applicazione ${application} è stata tolta dalla convenzione ${convention}`,
  'identity.convention.suspended': ({ convention }) => `La convenzione ${convention} è stata sospesa`,
  'identity.convention.resumed': ({ convention }) => `La convenzione ${convention} è di nuovo attiva`,
  'identity.convention.revoked': ({ convention }) => `La convenzione ${convention} è stata revocata`,
  'identity.convention.recertified': ({ convention, recertifyBy }) => `La convenzione ${convention} è stata riconfermata fino al ${recertifyBy}`,
  'identity.convention.extended': ({ convention, to }) => `La convenzione ${convention} è stata prorogata al ${to}`,
  'identity.convention.expired': ({ convention, on }) => `La convenzione ${convention} è scaduta il ${on}`,

  'identity.profile.defined': ({ profile, convention, terms }) => `È stato definito il profilo ${profile} della convenzione ${convention}: servizi ${listed(terms.services.map(({ service }) => service))}`,
  'identity.profile.changed': ({ profile, terms }) => `Il profilo ${profile} è cambiato: servizi ${listed(terms.services.map(({ service }) => service))}`,
  'identity.profile.withdrawn': ({ profile }) => `Il profilo ${profile} è stato ritirato`,

  'identity.user.enrolled': ({ user }) => `L’utente ${user} è stato iscritto`,
  'identity.user.changed': ({ user }) => `I dati dell’utente ${user} sono cambiati`,
  'identity.user.role-assigned': ({ user, assignment }) => `L’utente ${user} ha il ruolo ${roleInWords(assignment)}`,
  'identity.user.role-removed': ({ user, assignment }) => `L’utente ${user} non ha più il ruolo ${roleInWords(assignment)}`,
  'identity.user.profile-assigned': ({ user, profile, comune, ente }) => `All’utente ${user} è stato dato il profilo ${profile} (Comune ${comune}, Ente ${ente})`,
  'identity.user.profile-removed': ({ user, profile, comune, ente }) => `All’utente ${user} è stato tolto il profilo ${profile} (Comune ${comune}, Ente ${ente})`,
  'identity.user.credentials-set': ({ user, mustChange }) => `È stata impostata la password dell’utente ${user}${mustChange ? ', da cambiare al primo accesso' : ''}`,
  'identity.user.second-factor-enrolled': ({ user }) => `L’utente ${user} ha un secondo fattore`,
  'identity.user.locked': ({ user, until }) => `L’utente ${user} è bloccato${until === undefined ? '' : ` fino a ${until}`}`,
  'identity.user.unlocked': ({ user }) => `L’utente ${user} è stato sbloccato`,
  'identity.user.disabled': ({ user, comune }) => `L’utente ${user} è stato disabilitato${comune === undefined ? '' : ` nel Comune ${comune}`}`,
  'identity.user.enabled': ({ user, comune }) => `L’utente ${user} è stato abilitato${comune === undefined ? '' : ` nel Comune ${comune}`}`,

  'identity.login.reserved': ({ user }) => `Un nome di accesso o un codice fiscale è riservato all’utente ${user}`,
  'identity.login.released': ({ user }) => `Un nome di accesso o un codice fiscale dell’utente ${user} è di nuovo libero`,

  'identity.application.registered': ({ application, ente, comune }) => `L’applicazione ${application} dell’Ente ${ente} è stata registrata${comune === undefined ? '' : `, per i rendiconti del Comune ${comune}`}`,
  'identity.application.key-added': ({ application, key }) => `All’applicazione ${application} è stata aggiunta la chiave ${key.kid}`,
  'identity.application.key-removed': ({ application, kid }) => `All’applicazione ${application} è stata tolta la chiave ${kid}`,
  'identity.application.disabled': ({ application }) => `L’applicazione ${application} è stata disabilitata`,
  'identity.application.enabled': ({ application }) => `L’applicazione ${application} è stata abilitata`,

  'identity.session.opened': ({ session, user, application, method, role }) =>
    `L’utente ${user} è entrato con l’applicazione ${application} (${method})${role === undefined ? '' : ` come ${roleInWords(role)}`}: sessione ${session}`,
  'identity.session.refused': ({ user, application, method, reason }) =>
    `Un accesso${user === undefined ? '' : ` dell’utente ${user}`}${application === undefined ? '' : ` con l’applicazione ${application}`} (${method}) è stato rifiutato: ${reason}`,
  'identity.session.closed': ({ session, reason }) => `La sessione ${session} è chiusa: ${reason}`,

  'anpr.connection.configured': ({ comune, channel, settings }) => 
    `La connessione ${channel} del Comune ${comune} è stata configurata (${'endpoint' in settings ? `mittente ${settings.senderCode}, sicurezza ${settings.security}` : `client ${settings.clientId}, ${listed(Object.keys(settings.profiles))}`})`,
  'anpr.connection.operator-assigned': ({ comune, channel, operator, convention, from, to }) =>
    `L’operatore d’anagrafe ${operator} è incaricato per la connessione ${channel} del Comune ${comune}${convention === undefined ? '' : `, per la convenzione ${convention}`}, ${since(from, to)}`,
  'anpr.connection.operator-withdrawn': ({ comune, channel, operator }) => `L’operatore d’anagrafe ${operator} non è più incaricato per la connessione ${channel} del Comune ${comune}`,
  'anpr.connection.certificate-requested': ({ comune, channel, certificate, use, responsible }) =>
    `Per la connessione ${channel} del Comune ${comune} è stata fatta una chiave (${use}), in attesa del certificato ${certificate}; ne risponde ${responsible}`,
  'anpr.connection.certificate-installed': ({ comune, channel, certificate, use, x509, responsible }) =>
    `Alla connessione ${channel} del Comune ${comune} è stata data la chiave ${certificate} (${use})${x509 === undefined ? '' : `, certificato n. ${x509.serial} rilasciato da ${x509.issuer}, valido fino al ${x509.notAfter}`}; ne risponde ${responsible}`,
  'anpr.connection.certificate-expiring': ({ comune, channel, certificate, days, notAfter }) =>
    `Il certificato ${certificate} della connessione ${channel} del Comune ${comune} scade il ${notAfter}: ${days === 1 ? 'manca un giorno' : `mancano al più ${days} giorni`}`,
  'anpr.connection.certificate-retired': ({ comune, channel, certificate }) => `La chiave ${certificate} della connessione ${channel} del Comune ${comune} non si usa più ed è stata distrutta`,
  'anpr.connection.tested': ({ comune, channel, succeeded, step }) => `La connessione ${channel} del Comune ${comune} è stata provata: ${succeeded ? 'risponde' : `non riuscita${step === undefined ? '' : ` (${step})`}`}`,
  'anpr.connection.activated': ({ comune, channel }) => `La connessione ${channel} del Comune ${comune} è attiva`,
  'anpr.connection.suspended': ({ comune, channel }) => `La connessione ${channel} del Comune ${comune} è sospesa`,

  'anpr.register.taken': ({ comune, day, owner }) => `Il registro del ${day} del Comune ${comune} è tenuto da ${owner}`,

  'anpr.lookup.requested': ({ lookup, user, ente, application, service, mode, purpose, channel, sections, operationId, retryOf }) =>
    `L’operatore ${user} dell’Ente ${ente} ha chiesto ${service} (${mode}) con l’applicazione ${application}, motivo ${purpose}: richiesta ${lookup}, ammessa sul canale ${channel}, ` +
    `sezioni ${listed(sections)}, operazione ${operationId}${retryOf === undefined ? '' : `, nuovo tentativo di ${retryOf}`}`,
  'anpr.lookup.refused': ({ lookup, user, ente, application, service, mode, purpose, reason }) =>
    `All’operatore ${user} dell’Ente ${ente} è stata rifiutata la richiesta ${lookup} di ${service} (${mode}) con l’applicazione ${application}, motivo ${purpose}: ${reason}`,
  'anpr.lookup.refusals-counted': ({ comune, application, reason, minute, lookups }) =>
    `${counted(lookups.length, 'richiesta rifiutata', 'richieste rifiutate')} all’applicazione ${application} nel Comune ${comune} nel minuto ${minute}: ${reason}`,
  'anpr.lookup.asked': ({ lookup, call, operationId }) => `Per la richiesta ${lookup} sta per partire la chiamata ${call} ad ANPR, operazione ${operationId}`,
  'anpr.lookup.answered': ({ lookup, outcome, persons, sections, anprOperationId, anprMs }) =>
    `ANPR ha risposto alla richiesta ${lookup} in ${anprMs} ms: ${outcome}, ${counted(persons, 'persona', 'persone')}, sezioni mostrate ${listed(sections)}${anprOperationId === undefined ? '' : `, operazione ANPR ${anprOperationId}`}`,
  'anpr.lookup.failed': ({ lookup, problem, detail, anprOperationId }) =>
    `La richiesta ${lookup} non ha avuto risposta: ${problem}${detail === undefined ? '' : ` (${detail})`}${anprOperationId === undefined ? '' : `, operazione ANPR ${anprOperationId}`}`,
  'anpr.lookup.interrupted': ({ lookup, reason }) => `La richiesta ${lookup} è stata chiusa senza esito (${reason}): non si sa se ANPR sia stata interrogata`,

  'monitoring.archive.consulted': ({ comune, what, lookup, found }) =>
    what === 'soggetto'
      ? `È stata vista la persona della richiesta ${lookup ?? ''} del Comune ${comune}`
      : `Nell’archivio del Comune ${comune} si è cercato per ${what === 'ricerca-persona' ? 'persona' : 'pratica'}: ${counted(found, 'richiesta mostrata', 'richieste mostrate')}`,
  'monitoring.archive.exported': ({ events, recipient }) => `L’archivio è stato esportato: ${counted(events, 'evento', 'eventi')}${recipient === undefined ? '' : `, con i segreti sigillati per la chiave ${recipient}`}`,
  'monitoring.archive.verified': ({ streams, events, broken }) =>
    `L’archivio è stato verificato: ${counted(events, 'evento', 'eventi')} in ${counted(streams, 'registro', 'registri')}, ${broken.length === 0 ? 'integro' : counted(broken.length, 'registro alterato', 'registri alterati')}`,
  'monitoring.archive.shredded': ({ comune, month }) => `I segreti del Comune ${comune} per ${inMonth(month)} sono stati distrutti: le persone di quelle richieste non si possono più leggere`,
  'monitoring.archive.restored': ({ events, backupAt }) => `L’installazione è stata ripristinata dal backup del ${backupAt}: ${counted(events, 'evento', 'eventi')}`,
};

const KNOWN = new Set(allEvents.map(({ type, v }) => `${type}@${v}`));

/** What happened, in an Italian sentence without personal data. Errors: `UnknownEvent` for a type or version that this release does not know. */
export function describeEvent(event: DomainEvent): string {
  if (!KNOWN.has(`${event.type}@${event.v}`)) throw new UnknownEvent(event.type, event.v);
  const words = WORDS[event.type as AnyEvent['type']] as (data: object) => string;
  return words(event.data);
}

/** Who acted, in words: an id, never a name. */
export function describeActor({ actor }: Pick<EventMeta, 'actor'>): string {
  const [kind, id = ''] = actor.split(':', 2);
  switch (kind) {
    case 'user':
      return `utente ${id}`;
    case 'application':
      return `applicazione ${id}`;
    default:
      return `sistema (${id || actor})`;
  }
}
