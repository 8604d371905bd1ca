import type { EnteEvent } from '@geres/contracts';
import type { Decider } from '@geres/kernel';
import { failEnte } from './ente.problems.js';

export type EnteKind = Extract<EnteEvent, { type: 'identity.ente.registered' }>['data']['kind'];

export interface Office {
  readonly office: string;
  readonly name: string;
}

export type Ente =
  | { readonly status: 'absent' }
  | { readonly status: 'registered'; readonly name: string; readonly kind: EnteKind; readonly offices: readonly Office[] };

export type EnteCommand = { readonly ente: string } & (
  | { readonly type: 'register'; readonly name: string; readonly kind: EnteKind }
  | { readonly type: 'change'; readonly name: string; readonly kind: EnteKind }
  | { readonly type: 'add-office'; readonly office: string; readonly name: string }
  | { readonly type: 'close-office'; readonly office: string }
);

function evolve(state: Ente, event: EnteEvent): Ente {
  if (event.type === 'identity.ente.registered') return { status: 'registered', name: event.data.name, kind: event.data.kind, offices: [] };
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'identity.ente.changed':
      return { ...state, name: event.data.name, kind: event.data.kind };
    case 'identity.ente.office-added':
      return { ...state, offices: [...state.offices, { office: event.data.office, name: event.data.name }] };
    case 'identity.ente.office-closed':
      return { ...state, offices: state.offices.filter(({ office }) => office !== event.data.office) };
    default:
      return event satisfies never;
  }
}

function decide(command: EnteCommand, state: Ente): readonly EnteEvent[] {
  const { ente } = command;
  if (command.type === 'register') {
    const { name, kind } = command;
    if (state.status === 'absent') return [{ type: 'identity.ente.registered', v: 1, data: { ente, name, kind } }];
    // Registered once for every Comune that deals with it: the second Comune finds it as it is.
    if (state.name === name && state.kind === kind) return [];
    throw failEnte('ente-gia-registrato', { ente });
  }
  if (state.status === 'absent') throw failEnte('ente-assente', { ente });
  switch (command.type) {
    case 'change': {
      const { name, kind } = command;
      return state.name === name && state.kind === kind ? [] : [{ type: 'identity.ente.changed', v: 1, data: { ente, name, kind } }];
    }
    case 'add-office': {
      const { office, name } = command;
      const there = state.offices.find((known) => known.office === office);
      if (there && there.name !== name) throw failEnte('ufficio-gia-presente', { ufficio: office });
      return there ? [] : [{ type: 'identity.ente.office-added', v: 1, data: { ente, office, name } }];
    }
    case 'close-office': {
      const { office } = command;
      if (!state.offices.some((known) => known.office === office)) throw failEnte('ufficio-assente', { ufficio: office });
      return [{ type: 'identity.ente.office-closed', v: 1, data: { ente, office } }];
    }
    default:
      return command satisfies never;
  }
}

export const ente: Decider<Ente, EnteCommand, EnteEvent> = { initial: { status: 'absent' }, evolve, decide };
export const enteStream = (id: string): string => `ente-${id}`;
