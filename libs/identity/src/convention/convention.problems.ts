import { catalogue, problem } from '@geres/kernel';

interface Of {
  readonly convenzione: string;
}

export const failConvention = catalogue({
  'convenzione-assente': problem(404, 'Convenzione assente', (p: Of) => `La convenzione ${p.convenzione} non esiste.`),
  'convenzione-gia-presente': problem(409, 'Convenzione già presente', (p: Of) => `La convenzione ${p.convenzione} esiste già.`),
  'convenzione-terminata': problem(409, 'Convenzione terminata', (p: Of) => `La convenzione ${p.convenzione} è terminata: non si può più cambiare.`),
  'convenzione-non-approvata': problem(409, 'Convenzione non approvata', (p: Of) => `La convenzione ${p.convenzione} non è stata approvata.`),
  'convenzione-non-sospesa': problem(409, 'Convenzione non sospesa', (p: Of) => `La convenzione ${p.convenzione} non è sospesa.`),
  'convenzione-ancora-in-corso': problem(409, 'Convenzione ancora in corso', (p: Of & { al: string }) => `La convenzione ${p.convenzione} dura fino al ${p.al}.`),
  'date-non-coerenti': problem(422, 'Date non coerenti', 'La convenzione finisce prima di cominciare, o comincia prima del giorno dell’atto.'),
  'data-di-fine-passata': problem(422, 'Data di fine passata', (p: { al: string }) => `Il giorno ${p.al} è già passato.`),
  'proroga-non-successiva': problem(422, 'Proroga non successiva', (p: { al: string }) => `La convenzione dura già fino al ${p.al}.`),
  'ricertificazione-non-coerente': problem(422, 'Ricertificazione non coerente', 'Il giorno entro cui ricertificare deve essere futuro e non oltre la fine della convenzione.'),
  'motivi-ripetuti': problem(422, 'Motivi ripetuti', (p: { motivo: string }) => `Il motivo ${p.motivo} è indicato più volte.`),
  'servizi-ripetuti': problem(422, 'Servizi ripetuti', (p: { servizio: string }) => `Il servizio ${p.servizio} è indicato più volte.`),
  'servizio-non-offerto': problem(
    422,
    'Servizio non offerto',
    (p: { servizio: string; modalita: string; canale: string }) => `Il servizio ${p.servizio} in modalità ${p.modalita} non è offerto sul canale ${p.canale}.`,
  ),
  'orario-non-coerente': problem(422, 'Orario non coerente', 'L’orario finisce prima di cominciare, o un giorno è indicato più volte.'),
  'motivazione-ws-mancante': problem(
    422,
    'Motivazione mancante',
    'Il canale ws è per i compiti dell’anagrafe del Comune: per gli altri Enti serve la motivazione del suo uso.',
  ),
  'applicazione-di-altro-ente': problem(422, 'Applicazione di altro Ente', (p: { applicazione: string }) => `L’applicazione ${p.applicazione} non è di questo Ente.`),
});
