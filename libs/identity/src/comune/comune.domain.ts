import type { ComuneEvent, IstatCode } from '@geres/contracts';
import type { Decider } from '@geres/kernel';
import { failComune } from './comune.problems.js';

export type Comune =
  | { readonly status: 'absent' }
  | {
      readonly status: 'active' | 'suspended' | 'succeeded';
      readonly name: string;
      readonly province: string;
      readonly istatCodes: readonly IstatCode[];
    };

export type ComuneCommand = { readonly comune: string } & (
  | { readonly type: 'register'; readonly name: string; readonly province: string; readonly istatCodes: readonly IstatCode[] }
  | { readonly type: 'change-codes'; readonly istatCodes: readonly IstatCode[] }
  | { readonly type: 'rename'; readonly name: string; readonly from: string }
  | { readonly type: 'suspend'; readonly reason: string }
  | { readonly type: 'resume' }
);

/** One code a day: periods in order, none overlapping, none ending before it starts. */
function checkCodes(codes: readonly IstatCode[]): void {
  const inOrder = [...codes].sort((a, b) => a.from.localeCompare(b.from));
  const coherent = inOrder.every(({ from, to }, index) => {
    const next = inOrder[index + 1];
    return (to === undefined || from <= to) && (next === undefined || (to !== undefined && to < next.from));
  });
  if (!coherent) throw failComune('codici-istat-non-coerenti');
}

const sameCodes = (a: readonly IstatCode[], b: readonly IstatCode[]): boolean =>
  a.length === b.length && a.every((code, index) => code.code === b[index]!.code && code.from === b[index]!.from && code.to === b[index]!.to);

function evolve(state: Comune, event: ComuneEvent): Comune {
  if (event.type === 'identity.comune.registered') {
    const { name, province, istatCodes } = event.data;
    return { status: 'active', name, province, istatCodes };
  }
  if (state.status === 'absent') return state;
  switch (event.type) {
    case 'identity.comune.codes-changed':
      return { ...state, istatCodes: event.data.istatCodes };
    case 'identity.comune.renamed':
      return { ...state, name: event.data.name };
    case 'identity.comune.suspended':
      return { ...state, status: 'suspended' };
    case 'identity.comune.resumed':
      return { ...state, status: 'active' };
    case 'identity.comune.succeeded':
      return { ...state, status: 'succeeded' };
    default:
      return event satisfies never;
  }
}

function decide(command: ComuneCommand, state: Comune): readonly ComuneEvent[] {
  const { comune } = command;
  if (command.type === 'register') {
    if (state.status !== 'absent') throw failComune('comune-gia-registrato', { comune });
    checkCodes(command.istatCodes);
    const { name, province, istatCodes } = command;
    return [{ type: 'identity.comune.registered', v: 1, data: { comune, name, province, istatCodes: [...istatCodes] } }];
  }
  if (state.status === 'absent') throw failComune('comune-assente', { comune });
  if (state.status === 'succeeded') throw failComune('comune-cessato', { comune });
  switch (command.type) {
    case 'change-codes':
      checkCodes(command.istatCodes);
      if (sameCodes(state.istatCodes, command.istatCodes)) return [];
      return [{ type: 'identity.comune.codes-changed', v: 1, data: { comune, istatCodes: [...command.istatCodes] } }];
    case 'rename':
      if (state.name === command.name) return [];
      return [{ type: 'identity.comune.renamed', v: 1, data: { comune, name: command.name, from: command.from } }];
    case 'suspend':
      if (state.status === 'suspended') return [];
      return [{ type: 'identity.comune.suspended', v: 1, data: { comune, reason: command.reason } }];
    case 'resume':
      if (state.status !== 'suspended') return [];
      return [{ type: 'identity.comune.resumed', v: 1, data: { comune } }];
    default:
      return command satisfies never;
  }
}

export const comune: Decider<Comune, ComuneCommand, ComuneEvent> = { initial: { status: 'absent' }, evolve, decide };
export const comuneStream = (id: string): string => `comune-${id}`;
