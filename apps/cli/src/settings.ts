import { loadConfig, standaloneSettings, type StandaloneConfig } from '@geres/platform/config';
import { isAbsolute, resolve } from 'node:path';

/** npm runs scripts in the repository's folder, and says here where the command was given. */
const here = (env: NodeJS.ProcessEnv): string => (env['npm_lifecycle_event'] === 'geres' ? (env['INIT_CWD'] ?? process.cwd()) : process.cwd());

/** A file or folder named in a command. */
export const pathOf = (given: string): string => (isAbsolute(given) ? given : resolve(here(process.env), given));

export interface DataOption {
  readonly dati?: string;
}

/** The settings of the installation that a command is about. Errors: `ConfigError`. */
export function settingsFor({ dati }: DataOption): StandaloneConfig {
  const config = loadConfig(standaloneSettings, { env: process.env });
  return dati === undefined ? config : { ...config, data: pathOf(dati) };
}

/** Its data folder, absolute. */
export const dataFolderOf = (option: DataOption): string => resolve(settingsFor(option).data);
