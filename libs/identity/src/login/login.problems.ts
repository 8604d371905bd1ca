import { catalogue, problem } from '@geres/kernel';

export const failLogin = catalogue({
  'nome-utente-in-uso': problem(409, 'Nome utente in uso', 'Il nome utente appartiene già a un altro utente.'),
  'codice-fiscale-in-uso': problem(409, 'Codice fiscale in uso', 'Il codice fiscale appartiene già a un altro utente.'),
});
