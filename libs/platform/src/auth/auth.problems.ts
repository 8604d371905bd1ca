import { catalogue, problem } from '@geres/kernel';

/** Why a valid token is not enough: said in the same words wherever it is found out. */
export const standingProblems = {
  'diritti-non-verificabili': problem(503, 'Diritti non verificabili', 'In questo momento non si può verificare chi è abilitato. Riprovare fra poco.', { retryAfter: 1 }),
  'sessione-chiusa': problem(401, 'Sessione chiusa', 'La sessione dell’operatore è chiusa o scaduta: ottenere un nuovo token.'),
  'utente-non-abilitato': problem(403, 'Utente non abilitato', 'L’operatore non è abilitato.'),
  'applicazione-non-abilitata': problem(403, 'Applicazione non abilitata', 'L’applicazione non è abilitata.'),
} as const;

export const failAuth = catalogue(standingProblems);
