import type { Card } from '../people/card.js';
import { refusal, type Refusal } from './errors.js';
import { child, textOf, type Node } from './xml.js';

/** The Comune to which a search is limited, by ISTAT code or by name; `undefined` for the whole of ANPR. */
export interface Scope {
  readonly onlyIn: { readonly codiceIstat: string } | { readonly nome: string } | undefined;
}

/** From protocol ANPR02 on: without `ricercaNazionale` the search is limited, and without `comuneResidenza` to the sender's own Comune. */
export function readScope(request: Node | undefined, codMittente: string): Scope | Refusal {
  const comune = child(request, 'comuneResidenza');
  switch (textOf(request, 'ricercaNazionale') ?? '0') {
    case '1':
      return comune ? refusal('EN053', [], { field: 'comuneResidenza' }) : { onlyIn: undefined };
    case '0': {
      if (!comune) return { onlyIn: { codiceIstat: codMittente } };
      const codiceIstat = textOf(comune, 'codiceIstat');
      return { onlyIn: codiceIstat === undefined ? { nome: textOf(comune, 'nomeComune')?.toUpperCase() ?? '' } : { codiceIstat } };
    }
    default:
      return refusal('EN053', [], { field: 'ricercaNazionale' });
  }
}

export function within({ competente }: Card, { onlyIn }: Scope): boolean {
  if (onlyIn === undefined) return true;
  return 'codiceIstat' in onlyIn ? competente.codiceIstat === onlyIn.codiceIstat : competente.nome === onlyIn.nome;
}
