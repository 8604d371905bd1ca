import { catalogue, problem } from '@geres/kernel';

export const failMonitoring = catalogue({
  'monitoraggio-non-consentito': problem(403, 'Non consentito', 'Il ruolo con cui si è entrati non permette di consultare le richieste in questo modo.'),
  'richiesta-non-trovata': problem(404, 'Richiesta non trovata', 'Nessuna richiesta con questo identificativo fra quelle che si possono consultare.'),
  'soggetto-non-consultabile': problem(403, 'Soggetto non consultabile', 'La convenzione non permette all’amministratore dell’Ente di vedere la persona di una richiesta.'),
  'soggetto-non-leggibile': problem(410, 'Soggetto non leggibile', 'La persona di questa richiesta non si può più leggere: i segreti del suo mese sono stati distrutti, o non è stata conservata.'),
  'cursore-non-valido': problem(400, 'Cursore non valido', 'Il valore di «dopo» non viene da una pagina precedente.'),
  'periodo-non-valido': problem(400, 'Periodo non valido', 'Il periodo deve cominciare prima di finire e, per le ricerche, non superare dieci anni.'),
  'convenzioni-non-verificabili': problem(503, 'Convenzioni non verificabili', 'In questo momento non si può verificare che cosa permette la convenzione. Riprovare fra poco.', { retryAfter: 1 }),
  'consultazione-non-registrata': problem(503, 'Consultazione non registrata', 'La consultazione non è stata registrata: per questo non viene mostrato nulla. Riprovare.', { retryAfter: 2 }),
});

export type MonitoringProblem = keyof typeof failMonitoring.catalogue;
