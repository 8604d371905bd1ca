import type { Condizioni, ConventionTerms, Convenzione } from '@geres/contracts';
import type { ConventionRow } from '../read-models/projections.js';

/** The words of the API for those of the events, and back. */
export const termsOf = ({ baseGiuridica, atto, dal, al, servizi, motivi, quote, orario, reti, territorio, motivazioneWs, adminVedeSoggetto, attestazioneApplicazioni }: Condizioni): ConventionTerms => ({
  legalBasis: baseGiuridica,
  act: { number: atto.numero, date: atto.data },
  from: dal,
  to: al,
  services: servizi.map(({ servizio, modalita, canale }) => ({ service: servizio, modes: modalita, channel: canale })),
  purposes: motivi.map(({ codice, descrizione, praticaObbligatoria }) => ({ code: codice, description: descrizione, caseRequired: praticaObbligatoria })),
  quotas: { userPerMinute: quote.perUtenteAlMinuto, userPerDay: quote.perUtenteAlGiorno, conventionPerDay: quote.perConvenzioneAlGiorno, callsPerDay: quote.chiamateAlGiorno },
  hours: { days: orario.giorni, from: orario.dalle, to: orario.alle, holidays: orario.festivi },
  networks: reti,
  territory: territorio,
  ...(motivazioneWs === undefined ? {} : { wsReason: motivazioneWs }),
  adminSeesSubject: adminVedeSoggetto,
  jwtBearer: attestazioneApplicazioni,
});

const condizioniOf = ({ legalBasis, act, from, to, services, purposes, quotas, hours, networks, territory, wsReason, adminSeesSubject, jwtBearer }: ConventionTerms): Condizioni => ({
  baseGiuridica: legalBasis,
  atto: { numero: act.number, data: act.date },
  dal: from,
  al: to,
  servizi: services.map(({ service, modes, channel }) => ({ servizio: service, modalita: modes, canale: channel })),
  motivi: purposes.map(({ code, description, caseRequired }) => ({ codice: code, descrizione: description, praticaObbligatoria: caseRequired })),
  quote: { perUtenteAlMinuto: quotas.userPerMinute, perUtenteAlGiorno: quotas.userPerDay, perConvenzioneAlGiorno: quotas.conventionPerDay, chiamateAlGiorno: quotas.callsPerDay },
  orario: { giorni: hours.days, dalle: hours.from, alle: hours.to, festivi: hours.holidays },
  reti: networks,
  territorio: territory,
  ...(wsReason === undefined ? {} : { motivazioneWs: wsReason }),
  adminVedeSoggetto: adminSeesSubject,
  attestazioneApplicazioni: jwtBearer,
});

const STATES = { drafted: 'in-preparazione', approved: 'approvata', suspended: 'sospesa', ended: 'terminata' } as const;

export const conventionView = (id: string, { status, comune, ente, terms, recertifyBy, applications }: ConventionRow): Convenzione => ({
  id,
  comune,
  ente,
  stato: STATES[status],
  ...(recertifyBy === '' ? {} : { ricertificareEntro: recertifyBy }),
  applicazioni: [...applications],
  condizioni: condizioniOf(terms),
});
