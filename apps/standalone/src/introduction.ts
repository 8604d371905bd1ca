import { standaloneSettings } from '@geres/platform/config';
import { join, resolve } from 'node:path';
import { geresLine, posixLine, powerShellLine, usersByName, type Demo } from './facts.js';
import type { Started } from './geres.js';

/** People shown at the start; all of them are in `demo.json`. */
const PEOPLE = 12;
const USUAL_FOLDER = standaloneSettings.data.schema.parse(undefined);

export type Introduced = Pick<Started, 'baseUrl' | 'folder' | 'demo' | 'firstStart' | 'keysMadeAt' | 'keysCompletedAt'>;

/** What whoever has started GeRes wants to know. `seconds`: how long it took, in words. */
export function introduction({ baseUrl, folder, demo, firstStart, keysMadeAt, keysCompletedAt }: Introduced, seconds: string): string {
  const keys = [`Chiavi di cifratura create in ${keysMadeAt}: conservarne una copia al sicuro, fuori da questa macchina.`, 'Senza quel file i dati sigillati non si leggono più; non è compreso nei backup.'];
  const completed = [`Al file delle chiavi di cifratura ${keysCompletedAt}, di una versione precedente, è stata aggiunta la chiave che mancava: rifarne la copia.`];
  const first = firstStart && ['Primo avvio: per creare il primo GESTORE aprire', `  ${firstStart.url}`, `e usare il codice ${firstStart.code} (vale una volta; un nuovo avvio ne dà un altro).`];
  const paragraphs = [keysMadeAt ? keys : keysCompletedAt ? completed : [], [`GeRes è pronto in ${seconds} s: ${baseUrl}   (dati: ${folder})`], first ?? [], ...(demo ? described(demo, folder) : []), ['Per fermare: Ctrl+C']];
  return paragraphs
    .filter((lines) => lines.length > 0)
    .map((lines) => `\n${lines.join('\n')}\n`)
    .join('');
}

function described(demo: Demo, folder: string): readonly (readonly string[])[] {
  const titled = (title: string, rows: readonly string[]): readonly string[] => [title, ...rows.map((row) => `  ${row}`)];
  return [
    titled('Comuni', demo.comuni.map(({ codiceCatastale, codiceIstat, nome }) => `${nome.padEnd(10)} ${codiceCatastale}  ISTAT ${codiceIstat}`)),
    titled('Utenti (nome utente, password, ruoli)', usersByName(demo.utenti).map(({ username, password, roles }) => `${username.padEnd(20)} ${password.padEnd(24)} ${roles}`)),
    titled('Applicazioni (client_id, Ente, chiave privata)', demo.applicazioni.map(({ clientId, chiave, ente }) => `${clientId.padEnd(20)} ${ente.padEnd(14)} ${chiave}`)),
    titled('Motivi', demo.motivi.map(({ codice, descrizione }) => `${codice.padEnd(8)} ${descrizione}`)),
    titled(
      'Persone sintetiche a cui chiedere (tutte in demo.json)',
      demo.persone.slice(0, PEOPLE).map(({ codiceFiscale, cognome, nome, caso }) => `${codiceFiscale}  ${`${cognome} ${nome}`.trim().padEnd(24)} ${caso}`),
    ),
    titled('Una richiesta, subito (il token vale un giorno)', [posixLine(demo)]),
    titled('La stessa, da PowerShell', [powerShellLine(demo)]),
    titled('La stessa, con il comando geres (npm run geres -- --help)', [geresLine(demo, folder === resolve(USUAL_FOLDER) ? undefined : folder)]),
    [`Gli stessi dati sono in ${join(folder, 'demo.json')}. Simulatore di ANPR: ${demo.simulatore}`],
  ];
}
