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
const TEXTS = {
  host: { variable: 'GERES_SIMULATOR_HOST', default: '127.0.0.1', words: 'indirizzo su cui ascoltare' },
  security: { variable: 'GERES_SIMULATOR_SECURITY', default: 'accettata', words: 'WS-Security dei messaggi SOAP: richiesta o accettata' },
  data: { variable: 'GERES_SIMULATOR_DATA', default: '', words: 'cartella in cui l’autorità di prova conserva la sua chiave (senza: dura quanto il processo)' },
  xsd: { variable: 'GERES_SIMULATOR_XSD', default: '', words: 'cartella con gli XSD ufficiali per il controllo dello schema (senza: quello del simulatore)' },
} as const;
type Flag = keyof typeof NUMBERS | keyof typeof TEXTS;

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
  const text = (name: keyof typeof TEXTS): string => flags[name] ?? (environment[TEXTS[name].variable] || TEXTS[name].default);
  const source = (name: Flag): string => (flags[name] === undefined ? { ...NUMBERS, ...TEXTS }[name].variable : `--${name}`);
  const [host, firma, folder, xsd] = [text('host'), text('security'), text('data'), text('xsd')];
  if (!/^[0-9A-Za-z.:-]+$/.test(host)) throw new WrongSetting(`${source('host')}: serve un indirizzo o un nome, non "${host.slice(0, 40)}"`);
  const operations = number('operations');
  if (operations === 0) throw new WrongSetting(`${source('operations')}: serve almeno 1`);
  if (firma !== 'richiesta' && firma !== 'accettata') throw new WrongSetting(`${source('security')}: serve richiesta o accettata, non "${firma.slice(0, 40)}"`);
  return { port: number('port'), host, seed: number('seed'), people: number('people'), operations, firma, ...(folder === '' ? {} : { folder }), ...(xsd === '' ? {} : { xsd }) };
}

function readFlags(argv: readonly string[]): Partial<Record<Flag, string>> & { readonly help?: boolean } {
  const options = Object.fromEntries([...Object.keys(NUMBERS), ...Object.keys(TEXTS)].map((name) => [name, { type: 'string' as const }]));
  try {
    return parseArgs({ args: [...argv], options: { ...options, help: { type: 'boolean' } } }).values as Partial<Record<Flag, string>> & { readonly help?: boolean };
  } catch {
    const flag = argv.find((argument) => argument.startsWith('-')) ?? argv[0] ?? '';
    throw new WrongSetting(`Opzione sconosciuta o senza valore vicino a "${flag.slice(0, 40)}"; --help le elenca`);
  }
}

export function helpText(): string {
  const line = (name: string, variable: string, words: string): string => `  --${name.padEnd(11)} ${variable.padEnd(28)} ${words}`;
  const lines = Object.entries({ ...NUMBERS, ...TEXTS }).map(([name, { variable, default: otherwise, words }]) => line(name, variable, otherwise === '' ? words : `${words} (${String(otherwise)})`));
  return ['Simulatore ANPR e PDND: servizi di prova con persone sintetiche.', '', 'Opzioni, variabili d’ambiente, significato (valore iniziale):', ...lines, line('help', '', 'mostra questo testo'), ''].join('\n');
}
