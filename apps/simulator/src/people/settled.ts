import type { Card, Residence } from './card.js';
import { BOLOGNA, COMUNI, MATERA, ROMA, type Comune } from './places.js';

/** The Comuni of a vendor: at least one. */
export type Home = readonly [Comune, ...Comune[]];

/**
 * The named cases as residents of a vendor's own Comuni: who is of the first demo Comuni lives there, who has to be of another stays outside. Birthplaces, and with them codici fiscali, are
 * what they always were.
 */
export function settled(cards: readonly Card[], home: Home): readonly Card[] {
  const [first, second] = home;
  const outside = COMUNI.filter(({ codiceIstat }) => !home.some((comune) => comune.codiceIstat === codiceIstat));
  const moved = new Map<string, Comune>([[ROMA.codiceIstat, first], [MATERA.codiceIstat, first], [BOLOGNA.codiceIstat, second ?? outside[0] ?? BOLOGNA]]);
  const to = (comune: Comune): Comune => moved.get(comune.codiceIstat) ?? (home.some(({ codiceIstat }) => codiceIstat === comune.codiceIstat) ? (outside[0] ?? comune) : comune);
  return cards.map((card) => {
    const { cancellazione } = card;
    return {
      ...card, competente: to(card.competente), residenze: card.residenze.map((residence) => address(residence, to)),
      ...(cancellazione?.destinazione ? { cancellazione: { ...cancellazione, destinazione: to(cancellazione.destinazione) } } : {}),
    };
  });
}

function address(residence: Residence, to: (comune: Comune) => Comune): Residence {
  if (!('italia' in residence)) return residence;
  const comune = to(residence.italia.comune);
  return comune === residence.italia.comune ? residence : { ...residence, italia: { ...residence.italia, comune, cap: comune.cap } };
}
