import type { ConventionTerms, ProfileEvent, ProfileTerms } from '@geres/contracts';
import { canonical, type Decider } from '@geres/kernel';
import { failProfile } from './profile.problems.js';

export type Profile =
  | { readonly status: 'absent' }
  | { readonly status: 'defined' | 'withdrawn'; readonly convention: string; readonly comune: string; readonly ente: string; readonly terms: ProfileTerms };

interface Of {
  readonly profile: string;
  readonly convention: string;
  readonly comune: string;
  readonly ente: string;
}

/** `ceiling`: the terms of the convention, folded by the caller. */
export type ProfileCommand = Of &
  (
    | { readonly type: 'define'; readonly terms: ProfileTerms; readonly ceiling: ConventionTerms }
    | { readonly type: 'change'; readonly terms: ProfileTerms; readonly ceiling: ConventionTerms }
    | { readonly type: 'withdraw' }
  );

function checkWithin(terms: ProfileTerms, ceiling: ConventionTerms): void {
  const seen = new Set<string>();
  for (const { service, modes } of terms.services) {
    if (seen.has(service)) throw failProfile('profilo-ripetuto', { voce: `il servizio ${service}` });
    seen.add(service);
    const granted = ceiling.services.find((known) => known.service === service);
    if (!granted) throw failProfile('profilo-oltre-convenzione', { voce: `il servizio ${service}` });
    if (new Set(modes).size !== modes.length) throw failProfile('profilo-ripetuto', { voce: `un modo del servizio ${service}` });
    const beyond = modes.find((mode) => !granted.modes.includes(mode));
    if (beyond !== undefined) throw failProfile('profilo-oltre-convenzione', { voce: `il servizio ${service} come ${beyond}` });
  }
  const twice = terms.purposes?.find((code, index) => terms.purposes!.indexOf(code) !== index);
  if (twice !== undefined) throw failProfile('profilo-ripetuto', { voce: `il motivo ${twice}` });
  const motivo = terms.purposes?.find((code) => !ceiling.purposes.some((known) => known.code === code));
  if (motivo !== undefined) throw failProfile('profilo-oltre-convenzione', { voce: `il motivo ${motivo}` });
}

function evolve(state: Profile, event: ProfileEvent): Profile {
  switch (event.type) {
    case 'identity.profile.defined': {
      const { convention, comune, ente, terms } = event.data;
      return { status: 'defined', convention, comune, ente, terms };
    }
    case 'identity.profile.changed':
      return state.status === 'absent' ? state : { ...state, terms: event.data.terms };
    case 'identity.profile.withdrawn':
      return state.status === 'absent' ? state : { ...state, status: 'withdrawn' };
    default:
      return event satisfies never;
  }
}

function decide(command: ProfileCommand, state: Profile): readonly ProfileEvent[] {
  const { profile, convention, comune, ente } = command;
  const of = { profile, convention, comune, ente };
  const called = { profilo: profile };
  if (command.type === 'define') {
    if (state.status !== 'absent') throw failProfile('profilo-gia-presente', called);
    checkWithin(command.terms, command.ceiling);
    return [{ type: 'identity.profile.defined', v: 1, data: { ...of, terms: command.terms } }];
  }
  if (state.status === 'absent' || state.convention !== convention) throw failProfile('profilo-assente', called);
  switch (command.type) {
    case 'change':
      if (state.status === 'withdrawn') throw failProfile('profilo-ritirato', called);
      checkWithin(command.terms, command.ceiling);
      if (canonical(state.terms) === canonical(command.terms)) return [];
      return [{ type: 'identity.profile.changed', v: 1, data: { ...of, terms: command.terms } }];
    case 'withdraw':
      return state.status === 'withdrawn' ? [] : [{ type: 'identity.profile.withdrawn', v: 1, data: of }];
    default:
      return command satisfies never;
  }
}

export const profile: Decider<Profile, ProfileCommand, ProfileEvent> = { initial: { status: 'absent' }, evolve, decide };
export const profileStream = (id: string): string => `profile-${id}`;
