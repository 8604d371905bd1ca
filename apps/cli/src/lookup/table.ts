import type { Indirizzo, Persona, Risposta } from '@geres/contracts';
import { strong } from '../terminal.js';

const ESITI: Readonly<Record<Risposta['esito'], string>> = {
  trovato: 'trovato',
  'non-trovato': 'non trovato (non vuol dire che la persona non esiste)',
  ambiguo: 'ambiguo',
  confermato: 'confermato',
  'non-confermato': 'non confermato',
  indeterminato: 'indeterminato',
};
const STATI: Readonly<Record<NonNullable<Persona['stato']>, string>> = { attivo: 'iscrizione attiva', cancellato: 'iscrizione cancellata', deceduto: 'persona deceduta' };
const WHEN = new Intl.DateTimeFormat('it', { dateStyle: 'short', timeStyle: 'medium', timeZone: 'Europe/Rome' });
const LABEL = 17;

/** The answer for people. What is not there is not shown. */
export function table({ id, esito, avvertenze, numeroSoggetti, soggetti, fonte }: Risposta): string {
  const warnings = avvertenze.map(({ codice, testo }) => row('Avvertenza', `${testo} (${codice})`));
  const source = [
    row('Fonte', `ANPR, canale ${fonte.canale}, ambiente ${fonte.ambiente}, ${WHEN.format(new Date(fonte.dataOra))}`),
    row('Operazione', [fonte.idOperazione, fonte.idOperazioneANPR && `ANPR ${fonte.idOperazioneANPR}`].filter(Boolean).join(', ')),
  ];
  const head = [row('Esito', strong(ESITI[esito])), row('Soggetti', numeroSoggetti?.toString()), row('Richiesta', id), ...warnings];
  return [head, ...soggetti.map(person), source].map((rows) => rows.filter((text) => text !== '').join('\n')).join('\n\n');
}

const row = (label: string, value: string | undefined): string => (value === undefined || value === '' ? '' : `${label.padEnd(LABEL)}${value}`);

function person({ idANPR, codiceFiscale, codiceFiscaleValidato, stato, aire, generalita, residenza = [], cittadinanza = [], statoCivile, legame, cancellazione, decesso }: Persona): readonly string[] {
  const { cognome, nome, sesso, dataNascita, luogoNascita } = generalita;
  return [
    row('Persona', strong([cognome, nome].filter(Boolean).join(' '))),
    row('Codice fiscale', codiceFiscale && `${codiceFiscale}${codiceFiscaleValidato === false ? ' (non validato)' : ''}`),
    row('idANPR', idANPR),
    row('Stato', [stato ? STATI[stato] : '', aire ? 'AIRE' : '', since(cancellazione?.decorrenza), cancellazione?.motivo, decesso?.data && `il ${day(decesso.data)}`].filter(Boolean).join(', ')),
    row('Sesso', sesso),
    row('Nascita', [dataNascita && day(dataNascita), luogoNascita && birthplace(luogoNascita)].filter(Boolean).join(', ')),
    row('Stato civile', statoCivile?.descrizione),
    ...cittadinanza.map(({ stato, codiceStato }) => row('Cittadinanza', stato ?? codiceStato)),
    row('Legame', legame && [legame.descrizione, legame.tipo === 'famiglia' ? '' : legame.tipo].filter(Boolean).join(', ')),
    ...residenza.map((address) => row(ADDRESSES[address.tipo] ?? address.tipo, place(address))),
  ];
}

const ADDRESSES: Readonly<Record<string, string>> = { residenza: 'Residenza', 'dimora-abituale': 'Dimora abituale', 'residenza-estera': 'Residenza estera' };

function birthplace(born: NonNullable<Persona['generalita']['luogoNascita']>): string {
  if ('comune' in born) return named(born.comune);
  return 'estero' in born ? [born.estero.localita, born.estero.stato ?? born.estero.codiceStato].filter(Boolean).join(', ') : born.eccezionale;
}

function place({ indirizzoCompleto, comune, estero, presso, decorrenza }: Indirizzo): string {
  const abroad = estero && [estero.indirizzo, estero.cap, estero.localita, estero.stato ?? estero.codiceStato, estero.consolato && `consolato di ${estero.consolato}`].filter(Boolean).join(', ');
  return [indirizzoCompleto ?? abroad ?? (comune && named(comune)), presso && `presso ${presso}`, since(decorrenza)].filter(Boolean).join(', ');
}

const named = ({ nome, provincia }: { readonly nome: string; readonly provincia?: string | undefined }): string => (provincia === undefined ? nome : `${nome} (${provincia})`);
const since = (from: string | undefined): string => (from === undefined ? '' : `dal ${day(from)}`);
/** `29/02/1980` of `1980-02-29`, or what of it is known. */
const day = (date: string): string => date.slice(0, 10).split('-').reverse().join('/');
