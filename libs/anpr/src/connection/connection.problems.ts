import { catalogue, problem } from '@geres/kernel';

export const failConnection = catalogue({
  'connessione-assente': problem(404, 'Connessione assente', (p: { comune: string; canale: string }) => `Il Comune ${p.comune} non ha una connessione ${p.canale} ad ANPR.`),
  'endpoint-non-ammesso': problem(422, 'Indirizzo non ammesso', 'L’indirizzo del servizio non è ammesso in questo ambiente.'),
  'sicurezza-assente': problem(422, 'Sicurezza dei messaggi assente', 'Senza sicurezza dei messaggi ci si collega al solo simulatore, su questa macchina.'),
  'operatore-assente': problem(409, 'Operatore ANPR assente', (p: { comune: string }) => `Per il Comune ${p.comune} non è indicato un operatore ANPR in carica.`),
  'incarico-non-valido': problem(422, 'Incarico non valido', 'L’ultimo giorno dell’incarico dell’operatore precede il primo.'),
});
