import { ABROAD, CONSULATES, ITALIA, type Comune } from '../people/places.js';
import { element } from './xml.js';

type Row = Readonly<Record<string, string>>;

const rows = (texts: Readonly<Record<number, string>>): readonly Row[] => Object.entries(texts).map(([ID, DESCRIZIONE]) => ({ ID, DESCRIZIONE }));
const STATES = [...new Map([ITALIA, ...CONSULATES.map(({ stato }) => stato), ...ABROAD.map(({ stato }) => stato)].map((state) => [state.codiceStato, state])).values()];

/**
 * The code tables of ANPR as far as synthetic people use them, by number (soap.md §13). Codes and texts are facts of the public repository italia/anpr (CC BY 4.0).
 */
const TABLES: Readonly<Record<string, readonly Row[]>> = {
  '001': rows({ 1: 'Celibe/Nubile', 2: 'Coniugato/a', 3: 'Vedovo/a', 4: 'Divorziato/a', 6: 'Unito civilmente' }),
  '002': STATES.map(({ codiceStato, nome }) => ({ ID: codiceStato, DESCRIZIONE: nome })),
  '005': rows({ 1: 'Intestatario Scheda', 2: 'Marito / Moglie', 3: 'Figlio / Figlia', 28: 'Unito civilmente' }),
  '006': rows({ 1: 'Responsabile convivenza', 2: 'Membro della convivenza' }),
  '022': rows({ 1: 'Dati anagrafici validati', 9: 'Dati anagrafici non validati' }),
  '025': rows({ 1: 'Residenza', 4: 'Residenza estera', 10: 'Revisione onomastica stradale' }),
  '027': rows({ 1: 'Motivi religiosi', 2: 'Di cura', 3: 'Di assistenza', 4: 'Militari', 5: 'Di pena', 6: 'Altri' }),
  '040': CONSULATES.map(({ codice, sede }) => ({ ID: codice, DESCRIZIONE: sede })),
};

const COMUNI = '003';

export const TABLE_IDS: readonly string[] = [...Object.keys(TABLES), COMUNI].sort();

/** The file of a table; `undefined` for one that is not here. ANPR's own format is not public: one element for each row, one for each column of the published table. */
export function tableFile(id: string, comuni: readonly Comune[]): string | undefined {
  const table = id === COMUNI ? comuni.map(({ codiceIstat, codiceCatastale, nome, provincia }) => ({ CODISTAT: codiceIstat, CODCATASTALE: codiceCatastale, DENOMINAZIONE_IT: nome, SIGLAPROVINCIA: provincia, STATO: 'A' })) : TABLES[id];
  if (table === undefined) return undefined;
  const records = table.map((row) => `<record>${Object.entries(row).map(([column, value]) => element(column, value)).join('')}</record>`);
  return `<?xml version="1.0" encoding="UTF-8"?><tabella id="${id}">${records.join('')}</tabella>`;
}
