import type { Channel } from '@geres/contracts';

/** What a failed test of a connection means, and what to do about it, in the words of whoever administers it. */
export interface Explained {
  readonly spiegazione: string;
  readonly rimedio?: string;
}

/** Where a test of a connection may fail, before and beyond what ANPR or PDND says. */
export const TEST_STEPS = ['impostazioni', 'chiave', 'kid', 'rete', 'tls', 'tempo', 'firma', 'certificato', 'audience', 'asserzione', 'voucher', 'rifiuto', 'risposta', 'quota', 'servizio'] as const;
export type TestStep = (typeof TEST_STEPS)[number];

const WORDS: Readonly<Record<TestStep, readonly [string, string]>> = {
  impostazioni: ['Le impostazioni non bastano, o non vanno d’accordo fra loro.', 'Controllare codice mittente, postazione e profili nelle impostazioni della connessione.'],
  chiave: ['La chiave che serve non c’è, o non ha firmato.', 'Installare il certificato o la chiave, e controllare che il dispositivo di firma sia acceso e collegato.'],
  kid: ['La chiave indicata nel profilo non è fra quelle installate.', 'Installare la chiave del client PDND, o correggere il kid del profilo.'],
  rete: ['Il servizio non si raggiunge.', 'Controllare l’indirizzo, il DNS e che firewall e proxy del Comune lascino uscire la connessione.'],
  tls: ['La connessione cifrata (TLS) non si è stabilita.', 'Controllare le autorità di certificazione nelle impostazioni, il nome del server e, se ANPR lo chiede, il certificato per l’uso tls.'],
  tempo: ['Il servizio non ha risposto in tempo.', 'Riprovare fra qualche minuto; se continua, controllare gli avvisi di ANPR o di PDND.'],
  firma: [
    'La porta di accesso di ANPR ha rifiutato il messaggio, senza dire perché.',
    'Controllare che il certificato installato sia di questa postazione e non sia scaduto o revocato, che l’operatore sia abilitato in ANPR, che l’indirizzo IP del Comune sia fra quelli ammessi, e che l’orologio della macchina sia giusto.',
  ],
  certificato: ['Il certificato non è valido: scaduto, non ancora valido, o di un’autorità che ANPR non riconosce.', 'Chiedere e installare un certificato nuovo.'],
  audience: ['L’audience dell’asserzione o del voucher non è quella attesa.', 'Copiare l’audience dal catalogo PDND: è diversa fra collaudo e produzione, e non è l’indirizzo dell’operazione.'],
  asserzione: [
    'PDND ha rifiutato l’asserzione del client, senza dire perché.',
    'Controllare in PDND, nell’ordine: che la chiave pubblica sia caricata con lo stesso kid, che clientId e finalità (purposeId) siano quelli delle impostazioni, che finalità, richiesta di fruizione ed e-service siano attivi, che il client sia associato alla finalità; poi l’orologio della macchina. «Debug client assertion», in PDND, dice la causa.',
  ],
  voucher: ['PDND ha dato un voucher che non è quello chiesto.', 'Controllare emittente, JWKS, finalità ed eserviceId nelle impostazioni.'],
  rifiuto: ['ANPR ha letto il messaggio e lo ha rifiutato.', 'Controllare codice del Comune, postazione e abilitazioni dell’operatore in ANPR; il codice dell’errore è nel dettaglio.'],
  risposta: ['La risposta non è quella attesa.', 'Controllare che l’indirizzo sia quello del servizio e non di un intermediario.'],
  quota: ['PDND ha rifiutato perché le richieste sono troppe.', 'Riprovare fra qualche minuto.'],
  servizio: ['Il servizio ha risposto con un errore suo.', 'Riprovare più tardi; se continua, segnalarlo all’assistenza di ANPR o di PDND.'],
};

const SUCCEEDED: Readonly<Record<Channel, string>> = { ws: 'ANPR ha risposto alla prova.', pdnd: 'PDND ha rilasciato il voucher.' };

export function explained(channel: Channel, { succeeded, step }: { readonly succeeded: boolean; readonly step?: string | undefined }): Explained {
  if (succeeded) return { spiegazione: SUCCEEDED[channel] };
  const [spiegazione, rimedio] = WORDS[step as TestStep] ?? WORDS.servizio;
  return { spiegazione, rimedio };
}
