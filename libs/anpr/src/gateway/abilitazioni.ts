import { romeDay } from '@geres/contracts';
import { operatorOn } from '../connection/connection.domain.js';
import { sectionsOf } from '../channel/services.js';
import { assignedKey, connectionKey, type ConventionGrant, type Grants, type ProfileGrant } from '../grants/grants.js';
import { mayVouch, type Asker, type Facts } from '../lookup/admission.domain.js';

/** What one operator may ask with one application, for one Comune, under one convention and profile. */
export interface Abilitazione {
  readonly comune: { readonly codiceCatastale: string; readonly codiceIstat: string; readonly nome: string };
  readonly profilo: string;
  readonly servizi: readonly { readonly servizio: string; readonly modalita: readonly string[]; readonly canale: string; readonly sezioni: readonly string[] }[];
  readonly motivi: readonly { readonly codice: string; readonly descrizione: string; readonly praticaObbligatoria: boolean }[];
  readonly orario: { readonly giorni: readonly number[]; readonly dalle: string; readonly alle: string; readonly festivi: boolean };
  readonly limiti: { readonly perUtenteAlMinuto: number; readonly perUtenteAlGiorno: number; readonly perConvenzioneAlGiorno: number };
  readonly territorio: string;
  readonly connessione: 'attiva' | 'non-attiva';
}

type Comuni = readonly { readonly comune: string; readonly istat: string; readonly name: string }[];

/** Everything that is in force now for (user, Ente, application) in this session, by Comune. */
export function abilitazioniOf(who: Omit<Asker, 'comune'>, { rights, grants, now }: Pick<Facts, 'rights' | 'grants' | 'now'>, comuni: Comuni): readonly Abilitazione[] {
  const today = romeDay(now);
  return comuni.flatMap(({ comune, istat, name }) =>
    (grants.assigned.get(assignedKey(who.user, comune, who.ente)) ?? []).flatMap((id) => {
      const profile = grants.profiles.get(id);
      const convention = profile && grants.conventions.get(profile.convention);
      if (!convention || grants.suspendedComuni.has(comune) || !inForce(convention, who.application, today) || !mayVouch({ ...who, comune }, rights, convention.terms)) return [];
      return [abilitazione({ codiceCatastale: comune, codiceIstat: istat, nome: name }, profile, convention, grants, today)];
    }),
  );
}

const inForce = ({ status, terms, recertifyBy, applications }: ConventionGrant, application: string, today: string): boolean =>
  status === 'approved' && terms.from <= today && today <= terms.to && today <= recertifyBy && applications.has(application);

function abilitazione(comune: Abilitazione['comune'], profile: ProfileGrant, { terms }: ConventionGrant, grants: Grants, today: string): Abilitazione {
  const servizi = profile.terms.services.flatMap(({ service, modes }) => {
    const granted = terms.services.find((one) => one.service === service);
    const both = granted ? modes.filter((mode) => granted.modes.includes(mode) && sectionsOf(granted.channel, service, mode)) : [];
    return granted && both.length > 0 ? [{ servizio: service, modalita: both, canale: granted.channel, sezioni: sectionsOf(granted.channel, service, both[0]!)! }] : [];
  });
  const allowed = profile.terms.purposes;
  const channels = new Set(servizi.map(({ canale }) => canale));
  return {
    comune,
    profilo: profile.terms.name,
    servizi,
    motivi: terms.purposes.filter(({ code }) => !allowed || allowed.includes(code)).map(({ code, description, caseRequired }) => ({ codice: code, descrizione: description, praticaObbligatoria: caseRequired })),
    orario: { giorni: terms.hours.days, dalle: terms.hours.from, alle: terms.hours.to, festivi: terms.hours.holidays },
    limiti: { perUtenteAlMinuto: terms.quotas.userPerMinute, perUtenteAlGiorno: terms.quotas.userPerDay, perConvenzioneAlGiorno: terms.quotas.conventionPerDay },
    territorio: terms.territory,
    connessione: channels.size > 0 && [...channels].every((channel) => isActive(grants, comune.codiceCatastale, channel, today)) ? 'attiva' : 'non-attiva',
  };
}

function isActive(grants: Grants, comune: string, channel: string, today: string): boolean {
  const connection = grants.connections.get(connectionKey(comune, channel));
  return connection?.status === 'active' && operatorOn(connection.operators, today) !== undefined;
}
