import { channelsOf, type ConventionEvent, type ConventionTerms } from '@geres/contracts';
import { canonical, type Decider } from '@geres/kernel';
import { failConvention } from './convention.problems.js';

export interface OpenConvention {
  readonly status: 'drafted' | 'approved' | 'suspended';
  readonly comune: string;
  readonly ente: string;
  readonly terms: ConventionTerms;
  /** Empty until approved. */
  readonly recertifyBy: string;
  readonly applications: readonly string[];
}

export type Convention = { readonly status: 'absent' } | OpenConvention | (Omit<OpenConvention, 'status'> & { readonly status: 'ended' });

interface Of {
  readonly convention: string;
  readonly comune: string;
  readonly ente: string;
}

/** `registryDuty`: the Ente is an office of the Comune itself, so that `ws` needs no reason. `today`: civil day in Europe/Rome. */
interface WithTerms {
  readonly terms: ConventionTerms;
  readonly registryDuty: boolean;
}

export type ConventionCommand = Of &
  (
    | ({ readonly type: 'draft' } & WithTerms)
    | ({ readonly type: 'amend' } & WithTerms)
    | { readonly type: 'approve'; readonly now: string; readonly today: string; readonly recertifyBy: string }
    | { readonly type: 'admit-application'; readonly application: string; readonly applicationEnte: string }
    | { readonly type: 'remove-application'; readonly application: string }
    | { readonly type: 'suspend'; readonly reason: string }
    | { readonly type: 'revoke'; readonly reason: string }
    | { readonly type: 'resume' }
    | { readonly type: 'recertify'; readonly today: string; readonly recertifyBy: string }
    | { readonly type: 'extend'; readonly today: string; readonly to: string }
    | { readonly type: 'expire'; readonly today: string }
  );

const repeated = (values: readonly string[]): string | undefined => values.find((value, index) => values.indexOf(value) !== index);

function checkTerms({ terms, registryDuty }: WithTerms): void {
  const { from, to, act, purposes, services, hours } = terms;
  if (to < from || from < act.date) throw failConvention('date-non-coerenti');
  const motivo = repeated(purposes.map(({ code }) => code));
  if (motivo !== undefined) throw failConvention('motivi-ripetuti', { motivo });
  const servizio = repeated(services.map(({ service }) => service)) ?? services.find(({ modes }) => repeated(modes) !== undefined)?.service;
  if (servizio !== undefined) throw failConvention('servizi-ripetuti', { servizio });
  for (const { service, modes, channel } of services) {
    const mode = modes.find((one) => !channelsOf(service, one).includes(channel));
    if (mode !== undefined) throw failConvention('servizio-non-offerto', { servizio: service, modalita: mode, canale: channel });
  }
  if (hours.to <= hours.from || hours.to > '24:00' || repeated(hours.days.map(String)) !== undefined) throw failConvention('orario-non-coerente');
  if (!registryDuty && terms.wsReason === undefined && services.some(({ channel }) => channel === 'ws')) throw failConvention('motivazione-ws-mancante');
}

function checkRecertification({ today, recertifyBy }: { readonly today: string; readonly recertifyBy: string }, to: string): void {
  if (recertifyBy <= today || recertifyBy > to) throw failConvention('ricertificazione-non-coerente');
}

function evolve(state: Convention, event: ConventionEvent): Convention {
  if (event.type === 'identity.convention.drafted') {
    const { comune, ente, terms } = event.data;
    return { status: 'drafted', comune, ente, terms, recertifyBy: '', applications: [] };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'identity.convention.amended':
      return { ...state, terms: event.data.terms };
    case 'identity.convention.approved':
      return { ...state, status: 'approved', recertifyBy: event.data.recertifyBy };
    case 'identity.convention.application-admitted':
      return { ...state, applications: [...state.applications, event.data.application] };
    case 'identity.convention.application-removed':
      return { ...state, applications: state.applications.filter((known) => known !== event.data.application) };
    case 'identity.convention.suspended':
      return { ...state, status: 'suspended' };
    case 'identity.convention.resumed':
      return { ...state, status: 'approved' };
    case 'identity.convention.recertified':
      return { ...state, recertifyBy: event.data.recertifyBy };
    case 'identity.convention.extended':
      return { ...state, terms: { ...state.terms, to: event.data.to } };
    case 'identity.convention.revoked':
    case 'identity.convention.expired':
      return { ...state, status: 'ended' };
    default:
      return event satisfies never;
  }
}

function decide(command: ConventionCommand, state: Convention): readonly ConventionEvent[] {
  const { convention, comune, ente } = command;
  const of = { convention, comune, ente };
  const called = { convenzione: convention };
  if (command.type === 'draft') {
    if (state.status !== 'absent') throw failConvention('convenzione-gia-presente', called);
    checkTerms(command);
    return [{ type: 'identity.convention.drafted', v: 1, data: { ...of, terms: command.terms } }];
  }
  // A convention of another Comune or Ente is, for whoever asks, not there.
  if (state.status === 'absent' || state.comune !== comune || state.ente !== ente) throw failConvention('convenzione-assente', called);
  if (state.status === 'ended') {
    if (command.type === 'revoke' || command.type === 'expire') return [];
    throw failConvention('convenzione-terminata', called);
  }
  return decideOpen(command, state, of);
}

function decideOpen(command: Exclude<ConventionCommand, { type: 'draft' }>, state: OpenConvention, of: Of): readonly ConventionEvent[] {
  const called = { convenzione: of.convention };
  const { terms } = state;
  switch (command.type) {
    case 'amend':
      checkTerms(command);
      if (canonical(command.terms) === canonical(terms)) return [];
      return [{ type: 'identity.convention.amended', v: 1, data: { ...of, terms: command.terms } }];
    case 'approve':
      if (state.status !== 'drafted') return [];
      if (terms.to < command.today) throw failConvention('data-di-fine-passata', { al: terms.to });
      checkRecertification(command, terms.to);
      return [{ type: 'identity.convention.approved', v: 1, data: { ...of, approvedAt: command.now, recertifyBy: command.recertifyBy } }];
    case 'admit-application':
      if (command.applicationEnte !== of.ente) throw failConvention('applicazione-di-altro-ente', { applicazione: command.application });
      if (state.applications.includes(command.application)) return [];
      return [{ type: 'identity.convention.application-admitted', v: 1, data: { ...of, application: command.application } }];
    case 'remove-application':
      if (!state.applications.includes(command.application)) return [];
      return [{ type: 'identity.convention.application-removed', v: 1, data: { ...of, application: command.application } }];
    case 'suspend':
      if (state.status === 'drafted') throw failConvention('convenzione-non-approvata', called);
      return state.status === 'suspended' ? [] : [{ type: 'identity.convention.suspended', v: 1, data: { ...of, reason: command.reason } }];
    case 'resume':
      if (state.status === 'drafted') throw failConvention('convenzione-non-sospesa', called);
      return state.status === 'approved' ? [] : [{ type: 'identity.convention.resumed', v: 1, data: of }];
    case 'revoke':
      return [{ type: 'identity.convention.revoked', v: 1, data: { ...of, reason: command.reason } }];
    case 'recertify':
      if (state.status === 'drafted') throw failConvention('convenzione-non-approvata', called);
      checkRecertification(command, terms.to);
      return state.recertifyBy === command.recertifyBy ? [] : [{ type: 'identity.convention.recertified', v: 1, data: { ...of, recertifyBy: command.recertifyBy } }];
    case 'extend':
      if (command.to < command.today) throw failConvention('data-di-fine-passata', { al: command.to });
      if (command.to === terms.to) return [];
      if (command.to < terms.to) throw failConvention('proroga-non-successiva', { al: terms.to });
      return [{ type: 'identity.convention.extended', v: 1, data: { ...of, to: command.to } }];
    case 'expire':
      if (command.today <= terms.to) throw failConvention('convenzione-ancora-in-corso', { ...called, al: terms.to });
      return [{ type: 'identity.convention.expired', v: 1, data: { ...of, on: terms.to } }];
    default:
      return command satisfies never;
  }
}

export const convention: Decider<Convention, ConventionCommand, ConventionEvent> = { initial: { status: 'absent' }, evolve, decide };
export const conventionStream = (id: string): string => `convention-${id}`;
