import { catalogue, problem } from '@geres/kernel';

interface Of {
  readonly utente: string;
}

export const failUser = catalogue({
  'utente-assente': problem(404, 'Utente assente', (p: Of) => `L’utente ${p.utente} non esiste.`),
  'utente-gia-presente': problem(409, 'Utente già presente', (p: Of) => `L’utente ${p.utente} esiste già.`),
  'ruolo-non-coerente': problem(
    422,
    'Ruolo non coerente',
    'GESTORE non ha Comune né Ente; TOP ha un Comune; ADMIN e AUTORIZZATO hanno Comune ed Ente; solo AUTORIZZATO può avere un’applicazione.',
  ),
  'ruolo-assente': problem(409, 'Ruolo assente', 'L’utente non ha questo ruolo.'),
  'profilo-di-altro-ente': problem(422, 'Profilo di altro Ente o Comune', 'Il profilo è di un altro Ente o di un altro Comune.'),
  'profilo-non-assegnabile': problem(409, 'Profilo non assegnabile', 'Il profilo è stato ritirato o non esiste.'),
  'non-autorizzato-per-ente': problem(409, 'Utente non AUTORIZZATO', 'Un profilo si assegna a chi è AUTORIZZATO per quell’Ente e quel Comune.'),
  'disabilitato-da-altri': problem(409, 'Disabilitato da altri', (p: { ruolo: string }) => `L’utente è stato disabilitato da un ${p.ruolo}: solo lui, o chi sta sopra, può riabilitarlo.`),
  'non-su-se-stessi': problem(409, 'Non su se stessi', 'Nessuno disabilita se stesso né si toglie un ruolo: lo fa chi lo amministra.'),
  'password-troppo-corta': problem(422, 'Password troppo corta', (p: { minimo: number }) => `La password ha almeno ${p.minimo} caratteri.`),
  'password-troppo-lunga': problem(422, 'Password troppo lunga', (p: { massimo: number }) => `La password ha al massimo ${p.massimo} caratteri.`),
  'password-con-login': problem(422, 'Password non ammessa', 'La password non può contenere il nome utente.'),
});
