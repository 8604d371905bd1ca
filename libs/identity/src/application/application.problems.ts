import { catalogue, problem } from '@geres/kernel';

interface Of {
  readonly applicazione: string;
}

export const failApplication = catalogue({
  'applicazione-assente': problem(404, 'Applicazione assente', (p: Of) => `L’applicazione ${p.applicazione} non è registrata.`),
  'applicazione-gia-registrata': problem(409, 'Applicazione già registrata', (p: Of) => `L’applicazione ${p.applicazione} è già registrata.`),
  'modi-di-accesso-non-coerenti': problem(
    422,
    'Modi di accesso non coerenti',
    'client-credentials è da solo e per un Comune (strumenti di rendiconto); gli altri modi non hanno Comune.',
  ),
  'redirect-non-ammesso': problem(422, 'Indirizzo di ritorno non ammesso', 'authorization-code vuole almeno un indirizzo di ritorno: https, o http verso questa macchina, senza frammento.'),
  'chiave-gia-presente': problem(409, 'Chiave già presente', (p: { kid: string }) => `L’applicazione ha già una chiave ${p.kid}.`),
  'chiave-assente': problem(404, 'Chiave assente', (p: { kid: string }) => `L’applicazione non ha una chiave ${p.kid}.`),
  'chiave-debole': problem(422, 'Chiave non ammessa', 'Sono ammesse chiavi pubbliche RSA di almeno 2048 bit (RS256) ed EC P-256 (ES256).'),
  'chiave-non-leggibile': problem(422, 'Chiave non leggibile', 'La chiave pubblica non è leggibile: sono ammessi PEM, X.509 e JWK.'),
  'nome-riservato': problem(422, 'Nome riservato', (p: Of) => `Il nome ${p.applicazione} è riservato.`),
});
