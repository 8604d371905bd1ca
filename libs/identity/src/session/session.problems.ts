import { catalogue, problem } from '@geres/kernel';

export const failSession = catalogue({
  'sessione-assente': problem(404, 'Sessione assente', (p: { sessione: string }) => `La sessione ${p.sessione} non esiste.`),
  'sessione-gia-presente': problem(409, 'Sessione già presente', (p: { sessione: string }) => `La sessione ${p.sessione} esiste già.`),
  'sessione-senza-durata': problem(422, 'Sessione senza durata', 'La sessione finisce prima di cominciare.'),
});
