import { ENVIRONMENTS } from '@geres/contracts';
import { Option, type Command } from 'commander';
import type { Demo } from './demo.js';
import { wrongUse } from './outcome.js';
import { settingsFor, type DataOption } from './settings.js';

export interface AddressOptions {
  readonly url?: string;
  readonly ambiente?: string;
}

export const withAddress = (command: Command): Command =>
  withData(
    command
      .option('--url <indirizzo>', 'indirizzo di GeRes; se manca, quello di demo.json o delle impostazioni')
      .addOption(new Option('--ambiente <nome>', 'ambiente di GeRes; se manca, quello delle impostazioni').choices([...ENVIRONMENTS])),
  );

export const withData = (command: Command): Command => command.option('--dati <cartella>', 'cartella dei dati; se manca, quella delle impostazioni (GERES_DATA)');

/** Where GeRes is reached, and in which environment. Errors: `Ended` (wrong use), `ConfigError`. */
export function addressOf({ url, ambiente, ...data }: AddressOptions & DataOption, demo: Demo | undefined): { readonly url: string; readonly environment: string } {
  const config = settingsFor(data);
  if (url !== undefined && !/^https?:\/\/[^\s]+$/.test(url)) throw wrongUse('--url: serve un indirizzo http o https');
  return { url: (url ?? demo?.baseUrl ?? config.publicUrl ?? `http://localhost:${config.port}`).replace(/\/$/, ''), environment: ambiente ?? (demo ? 'test' : config.environment) };
}

/** A data folder, or the engines of the distributed form. */
export interface WhereOption extends DataOption {
  readonly motori?: boolean;
}

export const withWhere = (command: Command): Command =>
  withData(command).addOption(new Option('--motori', 'sui motori della forma distribuita (GERES_EVENTSTORE_URL, GERES_MONGODB_URL, GERES_ENVIRONMENT) invece che su una cartella dei dati').conflicts('dati'));
