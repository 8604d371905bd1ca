import type { Connessione, ProvaConnessione } from '@geres/contracts';
import { strong } from '../terminal.js';

const LABEL = 17;
const WHEN = new Intl.DateTimeFormat('it', { dateStyle: 'short', timeStyle: 'short', timeZone: 'Europe/Rome' });
const STATES: Readonly<Record<Connessione['stato'], string>> = { configurata: 'configurata, non ancora attiva', attiva: 'attiva', sospesa: 'sospesa' };
const USES = { firma: 'firma', postazione: 'postazione', tls: 'TLS', client: 'client PDND' } as const;

const row = (label: string, value: string): string => `${label.padEnd(LABEL)}${value}`;
const when = (instant: string): string => WHEN.format(new Date(instant));
const day = (date: string): string => date.slice(0, 10).split('-').reverse().join('/');

/** A connection for people. */
export function connectionInWords({ comune, canale, stato, impostazioni, operatori, certificati, richieste, ultimaProva }: Connessione): string {
  const where = 'indirizzo' in impostazioni ? [row('Indirizzo', impostazioni.indirizzo), row('Sicurezza', impostazioni.sicurezza)] : [row('PDND', impostazioni.tokenEndpoint), row('Client', impostazioni.clientId), row('E-service', Object.keys(impostazioni.profili).join(', ') || 'nessuno')];
  return [
    row('Connessione', strong(`${comune} ${canale}`)),
    row('Stato', strong(STATES[stato])),
    ...where,
    ...operatori.map(({ id, convenzione, dal, al, inCarica }) => row('Operatore', [id, `dal ${day(dal)}${al === undefined ? '' : ` al ${day(al)}`}`, inCarica ? 'in carica' : 'non in carica', convenzione && `per la convenzione ${convenzione}`].filter(Boolean).join(', '))),
    ...certificati.map(certificateInWords),
    ...richieste.map(({ id, uso }) => row('In attesa', `${id}, ${USES[uso]}: manca il certificato`)),
    ...(ultimaProva ? [row('Ultima prova', `${when(ultimaProva.quando)}, ${ultimaProva.riuscita ? 'riuscita' : 'non riuscita'}`)] : []),
  ].join('\n');
}

function certificateInWords({ id, uso, kid, custodia, inUso, responsabile, x509 }: Connessione['certificati'][number]): string {
  const life = x509 ? `fino al ${when(x509.validoAl)} (${x509.giorniRimasti < 0 ? 'scaduto' : `${x509.giorniRimasti} giorni`}), ${x509.soggetto}` : `kid ${kid}`;
  return row('Certificato', [id, USES[uso], inUso ? 'in uso' : 'non in uso', custodia === 'dispositivo' ? 'nel dispositivo' : '', life, `responsabile ${responsabile}`].filter(Boolean).join(', '));
}

export const testInWords = ({ riuscita, passo, dettaglio, spiegazione, rimedio, durataMs }: ProvaConnessione): string =>
  [row('Prova', strong(riuscita ? 'riuscita' : 'non riuscita')), row('', spiegazione), ...(rimedio === undefined ? [] : [row('Che cosa fare', rimedio)]), ...(passo === undefined ? [] : [row('Passo', [passo, dettaglio].filter(Boolean).join(', '))]), row('Durata', `${durataMs} ms`)].join('\n');
