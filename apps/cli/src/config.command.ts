import { checkStandalone, describeSettings, standaloneSettings, type Setting } from '@geres/platform/config';
import type { Command } from 'commander';
import { withData } from './address.js';
import type { Given } from './program.js';
import { settingsFor, type DataOption } from './settings.js';

/** What takes the place of a value that is not shown. */
const SECRET = '(impostata)';

export function configCommand(program: Command, { terminal }: Given): void {
  const command = program
    .command('config')
    .summary('mostra le impostazioni, e con --help le elenca')
    .description('Mostra le impostazioni in vigore qui, senza i segreti. Sono variabili d’ambiente, o membri di un file JSON indicato da GERES_CONFIG.')
    .option('--json', 'le scrive in JSON')
    .addHelpText('after', `\nImpostazioni (variabile, valore se manca, significato):\n${describeSettings(standaloneSettings)}\n\nIl simulatore di ANPR ne ha altre: npm run simulator -- --help`);
  withData(command).action((options: DataOption & { readonly json?: boolean }) => {
    const config = checkStandalone(settingsFor(options));
    const effective = Object.entries(standaloneSettings as Readonly<Record<string, Setting>>).map(([key, { env, secret }]) => {
      const value: unknown = (config as Readonly<Record<string, unknown>>)[key];
      return [env, value === undefined ? null : secret ? SECRET : value] as const;
    });
    terminal.print(options.json ? JSON.stringify(Object.fromEntries(effective), null, 2) : effective.map(([env, value]) => `${env.padEnd(26)} ${inWords(value)}`).join('\n'));
  });
}

const inWords = (value: unknown): string => (value === null ? '-' : Array.isArray(value) ? (value.length === 0 ? 'false' : value.join(',')) : String(value as string | number | boolean));
