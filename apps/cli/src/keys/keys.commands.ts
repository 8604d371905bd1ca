import { describeSettings, keksInTurn } from '@geres/platform/config';
import type { Command } from 'commander';
import { withWhere, type WhereOption } from '../address.js';
import { countOf } from '../archive/words.js';
import type { Given } from '../program.js';
import { settingsFor } from '../settings.js';
import type { Rewrapped } from './rewrap.js';
import { shredCommand } from './shred.command.js';

/** The keys that protect the secrets of an installation. */
export function keysCommands(program: Command, given: Given): void {
  const { terminal } = given;
  const keys = program.command('chiavi').summary('sostituisce le chiavi, distrugge i segreti di un mese').description('I segreti dell’installazione, e le chiavi di cifratura delle chiavi (GERES_KEK_…, o il loro file) che li proteggono.');
  shredCommand(keys, given);
  const command = keys
    .command('ricifra')
    .summary('mette i segreti sotto chiavi nuove')
    .description(
      'Mette ogni segreto, uno alla volta, dalla chiave che lo protegge a una nuova. Nessun processo deve lavorare su quei segreti: GeRes, o i servizi che hanno quelle chiavi, devono essere fermi. Ciò che è distrutto resta distrutto; se si interrompe, si ripete.\nSe le chiavi sono in un file (GERES_KEYS_FILE) ne fa di nuove e tiene accanto il file di prima: i backup già fatti si aprono solo con quello. Se sono nell’ambiente, le nuove si danno con GERES_KEK_…_NUOVA, quelle che cambiano soltanto.',
    )
    .addHelpText('after', `\nImpostazioni:\n${describeSettings(keksInTurn)}`);
  withWhere(command).action(async ({ motori, ...options }: WhereOption) => {
    const { rewrapIn, rewrapOnEngines } = await import('./rewrap.js');
    terminal.progress('metto i segreti sotto le chiavi nuove');
    terminal.print(inWords(motori ? await rewrapOnEngines() : await rewrapIn(settingsFor(options))));
  });
}

const inWords = ({ secrets, custodies, file, kept }: Rewrapped): string =>
  [
    `Messi sotto le chiavi nuove ${countOf(secrets, 'segreto', 'segreti')} (${custodies.join(', ')}).`,
    file === undefined
      ? `Ora ${custodies.map((custody) => `GERES_KEK_${custody.toUpperCase()}`).join(', ')}: dare ai servizi il valore nuovo. Conservare il vecchio finché servono i backup fatti prima d’ora.`
      : `Le chiavi nuove sono in ${file}: conservarne una copia al sicuro. Quelle di prima sono in ${kept}: servono solo ai backup fatti prima d’ora.`,
  ].join('\n');
