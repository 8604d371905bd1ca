import { catalogue, problem } from '@geres/kernel';

export const failConnection = catalogue({
  'connessione-assente': problem(404, 'Connessione assente', (p: { comune: string; canale: string }) => `Il Comune ${p.comune} non ha una connessione ${p.canale} ad ANPR.`),
  'endpoint-non-ammesso': problem(422, 'Indirizzo non ammesso', 'L’indirizzo del servizio non è ammesso in questo ambiente.'),
  'sicurezza-assente': problem(422, 'Sicurezza dei messaggi assente', 'Senza sicurezza dei messaggi ci si collega al solo simulatore.'),
  'impostazioni-di-un-altro-canale': problem(422, 'Impostazioni di un altro canale', (p: { canale: string }) => `Le impostazioni non sono quelle di una connessione ${p.canale}.`),
  'operatore-assente': problem(409, 'Operatore ANPR assente', (p: { comune: string }) => `Per il Comune ${p.comune} non è indicato un operatore ANPR in carica.`),
  'operatore-senza-ws': problem(422, 'Operatore non previsto', 'Un operatore ANPR si indica per la connessione ws: su pdnd chi chiede è nell’evidenza di ogni richiesta.'),
  'incarico-non-valido': problem(422, 'Incarico non valido', 'L’ultimo giorno dell’incarico dell’operatore precede il primo.'),
  'accettazione-non-valida': problem(422, 'Accettazione non valida', 'L’operatore deve essere informato prima di accettare.'),
  'uso-non-ammesso': problem(422, 'Uso non ammesso', (p: { uso: string; canale: string }) => `Una connessione ${p.canale} non ha chiavi per l’uso ${p.uso}.`),
  'certificato-mancante': problem(422, 'Certificato mancante', 'Per questo uso serve un certificato, non la sola chiave.'),
  'certificato-scaduto': problem(422, 'Certificato scaduto', 'La validità del certificato è già terminata.'),
  'certificato-gia-presente': problem(409, 'Certificato già presente', 'La connessione ha già questo certificato per lo stesso uso.'),
  'certificato-assente': problem(404, 'Certificato assente', 'La connessione non ha questo certificato.'),
  'certificato-di-un-altra-chiave': problem(422, 'Certificato di un’altra chiave', 'Il certificato non è della chiave a cui è destinato.'),
  'chiave-illeggibile': problem(422, 'Chiave illeggibile', (p: { motivo: string }) => `La chiave non si può leggere: ${p.motivo}.`),
  'chiave-non-ammessa': problem(422, 'Chiave non ammessa', 'Serve una chiave RSA di almeno 2048 bit.'),
  'chiavi-assenti': problem(409, 'Chiavi assenti', (p: { canale: string }) => `La connessione ${p.canale} non ha tutte le chiavi che le servono, valide oggi.`),
  'dispositivo-assente': problem(409, 'Dispositivo assente', (p: { motivo: string }) => `Il dispositivo di firma non si può usare: ${p.motivo}.`),
  'connettore-muto': problem(503, 'Il connettore non risponde', 'Il connettore non ha risposto in tempo: l’operazione può essere stata fatta. Rileggere la connessione prima di ripeterla.', { retryAfter: 5 }),
});
