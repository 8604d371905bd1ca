import { catalogue, problem } from '@geres/kernel';

/** A field that is wrong, without its value. */
export interface FieldError {
  /** Path of the field, `soggetto.codiceFiscale`; a header or parameter by its name. */
  readonly campo: string;
  readonly messaggio: string;
}

/** What can be wrong with any request, whatever it asks. */
export const failHttp = catalogue({
  'richiesta-non-valida': problem(400, 'Richiesta non valida', (p: { errori?: readonly FieldError[] }) =>
    p.errori?.length ? `Da correggere: ${p.errori.map(({ campo }) => campo || 'corpo').join(', ')}.` : 'La richiesta non si può leggere.',
  ),
  'non-autenticato': problem(401, 'Non autenticato', 'Serve un token di accesso valido per questo servizio.'),
  'non-autorizzato': problem(403, 'Non autorizzato', 'Il ruolo non consente questa operazione.'),
  'non-trovato': problem(404, 'Non trovato', 'Non c’è nulla a questo indirizzo.'),
  'metodo-non-ammesso': problem(405, 'Metodo non ammesso', 'Questo indirizzo non accetta il metodo usato.'),
  'richiesta-troppo-lenta': problem(408, 'Richiesta troppo lenta', 'La richiesta non è arrivata per intero in tempo.'),
  conflitto: problem(409, 'Conflitto', 'Nel frattempo i dati sono cambiati: rileggere e ripetere.'),
  'versione-superata': problem(412, 'Versione superata', 'I dati sono cambiati dopo la versione indicata in If-Match.'),
  'corpo-troppo-grande': problem(413, 'Corpo troppo grande', 'Il corpo della richiesta supera il limite.'),
  'indirizzo-troppo-lungo': problem(414, 'Indirizzo troppo lungo', 'L’indirizzo della richiesta supera il limite.'),
  'tipo-non-ammesso': problem(415, 'Tipo non ammesso', 'Il corpo deve essere application/json.'),
  'attesa-non-ammessa': problem(417, 'Attesa non ammessa', 'L’intestazione Expect chiede qualcosa che il servizio non fa.'),
  'troppe-richieste': problem(429, 'Troppe richieste', 'Troppe richieste da questo indirizzo.', { retryAfter: 10 }),
  'intestazioni-troppo-grandi': problem(431, 'Intestazioni troppo grandi', 'Le intestazioni della richiesta superano il limite.'),
  'errore-interno': problem(500, 'Errore interno', 'Qualcosa non ha funzionato. Il codice di correlazione serve all’assistenza.'),
  'servizio-non-pronto': problem(503, 'Servizio non pronto', (_: { mancano?: readonly string[] }) => 'Il servizio non è in grado di rispondere. Riprovare fra poco.', { retryAfter: 5 }),
});
