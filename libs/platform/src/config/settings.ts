import { readFileSync } from 'node:fs';
import { z } from 'zod';
import './italian.js';

/** One setting: an environment variable, or the member of the same name in the file that `GERES_CONFIG` names. */
export interface Setting<S extends z.ZodType = z.ZodType> {
  readonly env: string;
  /** Italian, for `geres config --help`. */
  readonly description: string;
  /** Carries the default, if there is one. */
  readonly schema: S;
  /** The default in words, for the help; absent: no value unless given. */
  readonly default?: string;
  /** Its value is never printed. */
  readonly secret?: boolean;
}

export type Settings = Readonly<Record<string, Setting>>;
export type Config<S extends Settings> = { readonly [K in keyof S]: z.output<S[K]['schema']> };

export interface ConfigSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A JSON file of `{ "GERES_…": value }`. Absent: the one that `GERES_CONFIG` names, if any. The environment wins over it. */
  readonly file?: string | undefined;
}

/** Settings that cannot be used. The message has a line for each, which names the variable and the rule, and never the value of a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export const setting = <S extends z.ZodType>(env: string, schema: S, description: string, more: { readonly default?: string; readonly secret?: boolean } = {}): Setting<S> => ({ env, schema, description, ...more });

/** A whole number: digits in the environment, a number in the file. */
export const integer = (from: number, to: number) => z.preprocess((given) => (typeof given === 'string' && /^-?\d{1,15}$/.test(given.trim()) ? Number(given) : given), z.int().min(from).max(to));

/** A switch: `true` or `false` in both. */
export const flag = z.preprocess((given) => (given === 'true' ? true : given === 'false' ? false : given), z.boolean('true o false'));

const FILE: Setting = setting('GERES_CONFIG', z.string(), 'file JSON con le impostazioni, per nome di variabile; le variabili d’ambiente hanno la precedenza');

/** Every setting from the environment, else from the file, else its default. Errors: `ConfigError`, with all that is wrong. */
export function loadConfig<S extends Settings>(settings: S, { env, file = env[FILE.env] }: ConfigSources): Config<S> {
  const fromFile = file ? fileOf(file, settings) : {};
  const wrong: string[] = [];
  const entries = Object.entries(settings).map(([key, { env: variable, schema, secret }]) => {
    const given = env[variable] === undefined || env[variable] === '' ? fromFile[variable] : env[variable];
    const parsed = schema.safeParse(given);
    if (parsed.success) return [key, parsed.data] as const;
    const rule = [...new Set(parsed.error.issues.map(({ message }) => message))].join('; ');
    wrong.push(`${variable}${secret || given === undefined ? '' : ` = ${JSON.stringify(given)}`}: ${rule}`);
    return [key, undefined] as const;
  });
  if (wrong.length > 0) throw new ConfigError(wrong.join('\n'));
  return Object.fromEntries(entries) as Config<S>;
}

/** Every setting, the one that names the file included. */
export const everySetting = (settings: Settings): readonly Setting[] => [FILE, ...Object.values(settings)];

/** For `geres config --help`: a line for each setting, with its variable, its default and what it is. */
export function describeSettings(settings: Settings): string {
  const rows = everySetting(settings).map(({ env, default: value, description, secret }) => [env, value ?? (secret ? '(segreta)' : '-'), description] as const);
  const widths = ([0, 1] as const).map((column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map(([env, value, description]) => `${env.padEnd(widths[0]!)}  ${value.padEnd(widths[1]!)}  ${description}`).join('\n');
}

function fileOf(file: string, settings: Settings): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(`${FILE.env}: il file ${file} non si legge (${(error as NodeJS.ErrnoException).code ?? 'errore'})`);
  }
  let stored: unknown;
  try {
    stored = JSON.parse(text);
  } catch {
    throw new ConfigError(`${FILE.env}: il file ${file} non è JSON`); // the parser's own message quotes the file, which may hold secrets
  }
  if (typeof stored !== 'object' || stored === null || Array.isArray(stored)) throw new ConfigError(`${FILE.env}: ${file} deve contenere un oggetto JSON`);
  const known = new Set(Object.values(settings).map(({ env }) => env));
  const unknown = Object.keys(stored).filter((key) => !known.has(key));
  if (unknown.length > 0) throw new ConfigError(unknown.map((key) => `${FILE.env}: ${file} contiene «${key}», che non è un’impostazione`).join('\n'));
  return stored as Readonly<Record<string, unknown>>;
}
