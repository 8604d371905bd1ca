import type { Command } from 'commander';
import { keyOptionsOf } from '@geres/platform/config';
import { relative, resolve } from 'node:path';
import { withData } from '../address.js';
import { wrongUse } from '../outcome.js';
import type { Given } from '../program.js';
import { dataFolderOf, pathOf, settingsFor, type DataOption } from '../settings.js';
import { withArchive } from './archive.commands.js';
import { refuseContent } from './empty-folder.js';
import { countOf } from './words.js';

type Options = DataOption & { readonly json?: boolean };

export function backupCommand(program: Command, given: Given): void {
  const command = program
    .command('backup')
    .summary('copia eventi e segreti, anche mentre GeRes lavora')
    .description(
      'Copia gli eventi e poi i segreti in una cartella vuota o nuova, anche mentre GeRes lavora. Le chiavi che proteggono i segreti (GERES_KEYS_FILE) non ne fanno parte: senza di esse il backup non si ripristina.',
    )
    .argument('<cartella>', 'dove scrivere il backup')
    .option('--json', 'scrive il contenuto del backup in JSON');
  withData(command).action((to: string, options: Options) =>
    withArchive(options, given, async ({ backup }) => {
      const folder = pathOf(to);
      if (!relative(dataFolderOf(options), folder).startsWith('..')) throw wrongUse('il backup non può stare nella cartella dei dati');
      await refuseContent(folder, 'la cartella del backup');
      given.terminal.progress('copio');
      const manifest = await backup(folder);
      given.terminal.print(options.json ? JSON.stringify({ cartella: folder, ...manifest }, null, 2) : `Backup scritto in ${folder}: ${countOf(manifest.events, 'evento', 'eventi')}, ambiente «${manifest.installation.environment}»`);
    }),
  );
}

export function restoreCommand(program: Command, { terminal }: Given): void {
  const command = program
    .command('restore')
    .summary('fa un’installazione da un backup')
    .description(
      'Controlla un backup e ne fa un’installazione nella cartella dei dati, che deve essere vuota o non esserci. GeRes non deve essere in funzione su di essa. Tutto o niente.\nServono le chiavi che proteggono i segreti, che nel backup non ci sono: il file <cartella dei dati>.keys, quello di GERES_KEYS_FILE, o le variabili GERES_KEK_….',
    )
    .argument('<cartella>', 'backup da ripristinare')
    .option('--json', 'scrive il contenuto del backup in JSON');
  withData(command).action(async (from: string, options: Options) => {
    const config = settingsFor(options);
    const folder = resolve(config.data);
    await refuseContent(folder, 'la cartella dei dati');
    const [{ restoreInto }, { loadKeyEncryptionKeys }] = await Promise.all([import('@geres/platform/embedded'), import('@geres/platform/keys')]);
    const keyEncryptionKeys = await loadKeyEncryptionKeys({ ...keyOptionsOf(config), mustExist: true });
    if (keyEncryptionKeys.completedAt !== undefined) terminal.progress(`aggiunta la chiave che mancava al file ${keyEncryptionKeys.completedAt}, di una versione precedente: rifarne la copia`);
    terminal.progress('controllo e copio');
    const manifest = await restoreInto({ folder, backup: pathOf(from), keyEncryptionKeys, clock: () => new Date() });
    terminal.print(
      options.json ? JSON.stringify({ cartella: folder, ...manifest }, null, 2) : `Ripristinato in ${folder} il backup del ${manifest.at}: ${countOf(manifest.events, 'evento', 'eventi')}, ambiente «${manifest.installation.environment}»`,
    );
  });
}
