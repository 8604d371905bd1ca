import { parseArgs } from 'node:util';

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly seed: number;
  readonly people: number;
  readonly operations: number;
  readonly firma: 'richiesta' | 'accettata';
  readonly folder?: string;
  readonly xsd?: string;
}

/** A setting that does not boot; the message names it and says what it may be. */
export class WrongSetting extends Error {
  override readonly name = 'WrongSetting';
}

const NUMBERS = {
  port: { variable: 'GERES_SIMULATOR_PORT', default: 8081, largest: 65_535, words: 'porta TCP su cui ascoltare (0: una libera)' },
  seed: { variable: 'GERES_SIMULATOR_SEED', default: 1, largest: 4_294_967_295, words: 'seme da cui nascono le persone e i disturbi' },
  people: { variable: 'GERES_SIMULATOR_PEOPLE', default: 10_000, largest: 1_000_000, words: 'persone generate, oltre ai casi fissi' },
  operations: { variable: 'GERES_SIMULATOR_OPERATIONS', default: 200_000, largest: 10_000_000, words: 'operazioni ricordate (risposte ripetute, registro)' },
} as const;
const HOST = { variable: 'GERES_SIMULATOR_HOST', default: '127.0.0.1', words: 'indirizzo su cui ascoltare' } as const;

const FIRMA = { variable: 'GERES_SIMULATOR_SECURITY', default: 'accettata', words: 'WS-Security dei messaggi SOAP: richiesta o accettata' } as const;
const FOLDER = { variable: 'GERES_SIMULATOR_DATA', words: 'cartella in cui l’autorità di prova conserva la sua chiave (senza: dura quanto il processo)' } as const;
const XSD = { variable: 'GERES_SIMULATOR_XSD', words: 'cartella con gli XSD ufficiali per il controllo dello schema (senza: quello del simulatore)' } as const;

/** Flags win over environment variables, these over defaults. Throws `WrongSetting`. */
export function readSettings(argv: readonly string[], environment: Readonly<Record<string, string | undefined>>): Settings | 'help' {
  const flags = readFlags(argv);
  if (flags.help) return 'help';
  const number = (name: keyof typeof NUMBERS): number => {
    const { variable, default: otherwise, largest } = NUMBERS[name];
    const text = flags[name] ?? environment[variable] ?? '';
    const source = flags[name] === undefined ? variable : `--${name}`;
    if (text === '' && flags[name] === undefined) return otherwise;
    if (!/^\d{1,10}$/.test(text) || Number(text) > largest) throw new WrongSetting(`${source}: serve un numero intero tra 0 e ${String(largest)}, non "${text.slice(0, 40)}"`);
    return Number(text);
  };
  const host = flags.host ?? (environment[HOST.variable] || HOST.default);
  if (!/^[0-9A-Za-z.:-]+$/.test(host)) throw new WrongSetting(`${flags.host === undefined ? HOST.variable : '--host'}: serve un indirizzo o un nome, non "${host.slice(0, 40)}"`);
  const operations = number('operations');
  if (operations === 0) throw new WrongSetting(`${flags.operations === undefined ? NUMBERS.operations.variable : '--operations'}: serve almeno 1`);
  const firma = flags.security ?? (environment[FIRMA.variable] || FIRMA.default);
  if (firma !== 'richiesta' && firma !== 'accettata') throw new WrongSetting(`${flags.security === undefined ? FIRMA.variable : '--security'}: serve richiesta o accettata, non "${firma.slice(0, 40)}"`);
  const folder = flags.data ?? environment[FOLDER.variable] ?? '';
  const xsd = flags.xsd ?? environment[XSD.variable] ?? '';
  return { port: number('port'), host, seed: number('seed'), people: number('people'), operations, firma, ...(folder === '' ? {} : { folder }), ...(xsd === '' ? {} : { xsd }) };
}

function readFlags(argv: readonly string[]): Partial<Record<keyof typeof NUMBERS | 'host' | 'security' | 'data' | 'xsd', string>> & { readonly help?: boolean } {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({ args: [...argv], options: { port: text, host: text, seed: text, people: text, operations: text, security: text, data: text, xsd: text, help: { type: 'boolean' } } }).values;
  } catch {
    const flag = argv.find((argument) => argument.startsWith('-')) ?? argv[0] ?? '';
    throw new WrongSetting(`Opzione sconosciuta o senza valore vicino a "${flag.slice(0, 40)}"; --help le elenca`);
  }
}

export function helpText(): string {
  const lines = Object.entries(NUMBERS).map(([name, { variable, default: otherwise, words }]) => `  --${name.padEnd(11)} ${variable.padEnd(28)} ${words} (${String(otherwise)})`);
  return ['Simulatore ANPR e PDND: servizi di prova con persone sintetiche.', '', 'Opzioni, variabili d’ambiente, significato (valore iniziale):', ...lines, `  --${'host'.padEnd(11)} ${HOST.variable.padEnd(28)} ${HOST.words} (${HOST.default})`, `  --${'security'.padEnd(11)} ${FIRMA.variable.padEnd(28)} ${FIRMA.words} (${FIRMA.default})`, `  --${'data'.padEnd(11)} ${FOLDER.variable.padEnd(28)} ${FOLDER.words}`, `  --${'xsd'.padEnd(11)} ${XSD.variable.padEnd(28)} ${XSD.words}`, `  --${'help'.padEnd(11)} ${''.padEnd(28)} mostra questo testo`, ''].join('\n');
}
