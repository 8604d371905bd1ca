import { InvalidArgumentError, type Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { withWhere, type WhereOption } from '../address.js';
import { EXIT, Ended, wrongUse } from '../outcome.js';
import type { Given } from '../program.js';
import { pathOf, settingsFor, type DataOption } from '../settings.js';
import { refuseContent } from './empty-folder.js';
import { exportFile } from './export-file.js';
import type { Archive, ReachedArchive } from './reached.js';
import { brokenInWords, countOf, importedInJson, importedInWords, lineInWords, verificationInWords } from './words.js';

const WHERE = 'Se GeRes è in funzione su quella cartella il comando passa da lui; altrimenti la apre da sé. Con --motori apre i motori, anche mentre i servizi lavorano.';

type Json = WhereOption & { readonly json?: boolean };

/** Opens the archive of a data folder, works, closes. */
export async function withArchive<T>(option: DataOption, { signal }: Given, work: (archive: ReachedArchive) => Promise<T>): Promise<T> {
  // What the archive needs is loaded by the commands about it alone.
  const { reachArchive } = await import('./reached.js');
  return closing(await reachArchive(option, signal), work);
}

/** The same, of the data folder or of the engines. */
export async function withEither<T>({ motori, ...option }: WhereOption, given: Given, work: (archive: Archive) => Promise<T>): Promise<T> {
  if (!motori) return withArchive(option, given, work);
  const { openOnEngines } = await import('./on-engines.js');
  return closing(await openOnEngines(given.signal), work);
}

async function closing<A extends Archive, T>(archive: A, work: (archive: A) => Promise<T>): Promise<T> {
  try {
    return await work(archive);
  } finally {
    await archive.close();
  }
}

export function archiveCommands(program: Command, given: Given): void {
  const archive = program.command('archive').summary('legge, verifica, esporta e importa l’archivio').description('L’archivio è la sequenza immutabile di tutto ciò che è accaduto.');
  tailCommand(archive, given);
  verifyCommand(archive, given);
  exportCommand(archive, given);
  importCommand(archive, given);
  keygenCommand(archive, given);
}

function tailCommand(archive: Command, given: Given): void {
  const command = archive
    .command('tail')
    .summary('mostra gli ultimi eventi')
    .description(`Mostra gli ultimi eventi dell’archivio, in parole e senza dati personali.\n${WHERE}`)
    .option('-n, --ultimi <numero>', 'quanti (se manca: 20)', count, 20)
    .option('-f, --follow', 'continua con quelli che arrivano, fino a Ctrl+C; solo se GeRes è in funzione')
    .option('--json', 'scrive una riga di JSON per evento');
  withWhere(command).action((options: Json & { readonly ultimi: number; readonly follow?: boolean }) =>
    withEither(options, given, async ({ running, tail }) => {
      const follow = options.follow === true;
      if (follow && !running) throw new Ended(EXIT.unreachable, 'GeRes non è in funzione su quella cartella: non c’è nulla da seguire');
      for await (const line of tail({ last: options.ultimi, follow })) given.terminal.print(options.json ? JSON.stringify(line) : lineInWords(line));
    }),
  );
}

function verifyCommand(archive: Command, given: Given): void {
  const command = archive
    .command('verify')
    .summary('verifica che nessun evento sia stato alterato, tolto o aggiunto')
    .description(`Segue la catena di ogni registro dal primo evento e dice dove si rompe; la verifica resta nell’archivio. Se trova un’alterazione finisce con 4.\n${WHERE}`)
    .option('--json', 'scrive l’esito in JSON');
  withWhere(command).action((options: Json) =>
    withEither(options, given, async ({ verify }) => {
      const found = await verify((events) => given.terminal.progress(`verificati ${countOf(events, 'evento', 'eventi')}`));
      given.terminal.print(options.json ? JSON.stringify(found, null, 2) : verificationInWords(found));
      if (found.broken.length > 0) throw new Ended(EXIT.damaged, brokenInWords(found));
    }),
  );
}

function exportCommand(archive: Command, given: Given): void {
  const command = archive
    .command('export')
    .summary('scrive l’archivio in un file')
    .description(
      `Scrive tutti gli eventi in un file, che si controlla da sé; l’esportazione resta nell’archivio.\nSenza --per il file ha i soli eventi: ciò che in essi è sigillato non si potrà leggere altrove. Con --per contiene anche i segreti, sigillati per quella chiave (archive keygen); con --motori servono allora tutte le GERES_KEK_….\n${WHERE}`,
    )
    .argument('<file>', 'file da scrivere; «-»: lo standard output')
    .option('--per <file>', 'chiave pubblica (PEM) dell’installazione di destinazione')
    .option('--json', 'scrive il risultato in JSON');
  withWhere(command).action((file: string, options: Json & { readonly per?: string }) =>
    withEither(options, given, async ({ exportTo }) => {
      const { terminal } = given;
      const per = options.per === undefined ? undefined : await readFile(pathOf(options.per), 'utf8');
      const to = file === '-' ? '-' : pathOf(file);
      const closing = await exportFile(to, (out) => exportTo(out, per), (lines) => terminal.progress(`scritti ${countOf(lines, 'evento', 'eventi')}`));
      const words = [
        `Esportati ${countOf(closing.eventi, 'evento', 'eventi')} di ${countOf(closing.registri, 'registro', 'registri')}${to === '-' ? '' : ` in ${to}`}`,
        `Impronta: ${closing.sha256}`,
        per === undefined ? 'Solo gli eventi: ciò che è sigillato non si potrà leggere altrove (per portare anche i segreti: --per).' : 'Con i segreti, sigillati per la chiave indicata.',
      ].join('\n');
      if (to === '-') terminal.say(words);
      else terminal.print(options.json ? JSON.stringify({ file: to, ...closing }, null, 2) : words);
    }),
  );
}

function importCommand(archive: Command, given: Given): void {
  const command = archive
    .command('import')
    .summary('fa un’installazione nuova da un archivio esportato')
    .description(
      'Controlla il file dall’inizio alla fine e ne fa un’installazione nuova. Nella cartella dei dati, che deve essere vuota o non esserci: tutto o niente. Con --motori su motori vuoti, con i servizi fermi e tutte le GERES_KEK_…: nessun servizio si avvia prima della fine, e lo stesso comando riprende un’importazione interrotta.',
    )
    .argument('<file>', 'file scritto da «archive export»')
    .option('--chiave <file>', 'chiave privata (PEM) che apre i segreti del file')
    .option('--impronta <sha256>', 'impronta che il file deve avere, come detta da chi lo ha esportato')
    .option('--json', 'scrive il risultato in JSON');
  withWhere(command).action(async (file: string, options: Json & { readonly chiave?: string; readonly impronta?: string }) => {
    const { terminal, signal } = given;
    if (options.impronta !== undefined && !/^[0-9a-f]{64}$/.test(options.impronta)) throw wrongUse('--impronta: 64 cifre esadecimali');
    const config = options.motori ? undefined : settingsFor(options);
    if (config) await refuseContent(resolve(config.data), 'la cartella dei dati');
    const { importFile, importOnEngines } = await import('./import-file.js');
    const asked = {
      file: pathOf(file),
      ...(options.chiave === undefined ? {} : { key: await readFile(pathOf(options.chiave), 'utf8') }),
      ...(options.impronta === undefined ? {} : { sha256: options.impronta }),
      signal,
      onProgress: (text: string) => terminal.progress(text),
    };
    const imported = config ? await importFile(asked, config) : await importOnEngines(asked);
    terminal.print(options.json ? JSON.stringify(importedInJson(imported), null, 2) : importedInWords(imported));
  });
}

function keygenCommand(archive: Command, { terminal }: Given): void {
  archive
    .command('keygen')
    .summary('crea le chiavi con cui i segreti viaggiano da un’installazione a un’altra')
    .description('Crea, per chi importerà, <file> (chiave privata: resta dov’è) e <file>.pub (chiave pubblica: la usa chi esporta, con --per).')
    .argument('<file>', 'file della chiave privata')
    .action(async (file: string) => {
      const { writeKeyPair } = await import('./key-pair.js');
      const { privateFile, publicFile, id } = await writeKeyPair(pathOf(file));
      terminal.print(`Chiave privata: ${privateFile}\nChiave pubblica: ${publicFile}\nImpronta: ${id}`);
    });
}

function count(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('un numero');
  return Number(text);
}
