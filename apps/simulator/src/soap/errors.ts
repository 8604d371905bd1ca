/** The codes that this simulator can give, with the text of ANPR's public table; `@` stands for a value of the request. */
const TEXTS = {
  EN122: "La richiesta effettuata non produce alcun risultato",
  EN133: 'Nessun soggetto trovato per i parametri di ricerca forniti',
  EN068: 'Incongruenza dati anagrafici: il nome del soggetto non coincide con quello specificato nella richiesta',
  EN069: 'Incongruenza dati anagrafici: il cognome del soggetto non coincide con quello specificato nella richiesta',
  EN070: 'Incongruenza dati anagrafici: il codice fiscale del soggetto non coincide con quello specificato nella richiesta',
  EN071: 'Incongruenza dati anagrafici: la data di nascita del soggetto non coincide con quella specificata nella richiesta',
  EN072: 'Incongruenza dati anagrafici: il comune di nascita del soggetto non coincide con quello specificato nella richiesta',
  EN073: 'Incongruenza dati anagrafici: la scheda soggetto del comune non coincide con quella specificata nella richiesta',
  EN074: 'Incongruenza dati anagrafici: il codice ISTAT del comune competente per il soggetto non coincide con quello specificato nella richiesta',
  EN075: 'Incongruenza dati anagrafici: il genere del soggetto non coincide con quello specificato nella richiesta',
  EN079: "id operazione comune gia' presente per un servizio diverso",
  EN148: "E' in corso di elaborazione un'altra operazione con lo stesso id operazione comune",
  EN053: 'Servizio non attivo con i parametri di ricerca impostati',
  EF001: 'Identificativo scheda famiglia/convivenza attribuito dal comune non trovato o scheda famiglia archiviata',
  EF002: 'Identificativo scheda famiglia/convivenza attribuito da ANPR non trovato o scheda famiglia archiviata',
  EHR11: 'Valore del campo tipoScheda @ errato',
  EN050: "Non e' possibile specificare i dati richiesti per una ricerca per famiglia/convivenza",
  EN124: 'Per ricerca tramite identificativo famiglia/convivenza (comunale o di ANPR) il campo tipo scheda deve essere valorizzato (valori ammessi 1: famiglia; 2: convivenza)',
  EN132: 'Campi obbligatori non valorizzati',
  EN448: 'Per la ricerca del soggetto impostare CF cognome e nome o in alternativa i 5 dati anagrafici',
  EN052: 'Occorre specificare i dati da interrogare',
  EC020: "Il codice richiesta = 1 (scheda individuale completa) non puo' essere selezionato contemporaneamente ad altri codici richiesta",
  EC022: 'Il primo carattere specificato nel campo operazione richiesta @ non corrisponde ad alcuna famiglia di servizi',
  EC025: 'Codice datiAnagraficiRichiesti non valido',
  EC026: "I codici specificati tra i datiAnagraficiRichiesti sono ripetuti una o piu' volte",
  EHR09: 'Data richiesta @ errata o non compatibile con la data di sistema @',
  EHR26: 'Valore del campo tipoOperazione @ non ammesso. Valori possibili: C=richiesta del cittadino V= variazione per correzioni di errori o anomalie dei dati R =rettifica di una precedente operazione',
  EN489: 'La richiesta non risulta valida secondo i nuovi XSD (@)',
  EN379: "Funzionalita' non supportata @",
  EN214: "Non e' possibile consultare i dati del soggetto: la famiglia cui appartiene e' ancora in fase di registrazione",
  EN493: "L'operatore non ha i privilegi per effettuare l'operazione richiesta",
  XXXX: '@',
  // In no table, on purpose: what a reader must take without knowing it.
  ZZ999: 'Errore introdotto dopo la pubblicazione delle tabelle',
  // Not in the public table: the two ways in which a wrong environment or a late version are refused are known, their codes are not.
  '999': 'Operazione non effettuabile: @',
} as const;

export type Code = keyof typeof TEXTS;

/** One `errore` of a refusal. `value` can be personal data: it goes into the answer, as ANPR's does, and nowhere else. */
export interface Refusal {
  readonly code: Code;
  readonly text: string;
  readonly field?: string;
  readonly value?: string;
}

/** `values` fill the `@` of the text, in order. */
export function refusal(code: Code, values: readonly string[] = [], where: { readonly field?: string; readonly value?: string } = {}): Refusal {
  let next = 0;
  return { code, text: TEXTS[code].replace(/@/g, () => values[next++] ?? '').slice(0, 240), ...where };
}
