import { CodiceFiscale } from '@geres/contracts';
import type { Command } from 'commander';
import { wrongUse } from '../outcome.js';
import type { Given } from '../program.js';
import { withConnection, type ConnectionOptions } from './admin.js';
import { shown } from './shown.js';

interface Assignment extends ConnectionOptions {
  readonly codiceFiscale: string;
  readonly dal: string;
  readonly al?: string;
  readonly informatoIl: string;
  readonly accettatoIl: string;
  readonly convenzione?: string;
}

export function operatorCommands(connection: Command, given: Given): void {
  const operator = connection.command('operatore').summary('l’operatore ANPR in nome del quale si chiede').description('L’operatore dell’anagrafe in nome del quale si chiede ad ANPR: nominato, informato, che ha accettato.');

  const assign = operator
    .command('assegna')
    .summary('nomina un operatore ANPR')
    .description('Nomina l’operatore dell’anagrafe in nome del quale si chiede ad ANPR. Il suo codice fiscale si dà sullo standard input, e resta sigillato.')
    .option('--codice-fiscale <codice>', 'codice fiscale dell’operatore; «-» o assente: dallo standard input', '-')
    .requiredOption('--dal <giorno>', 'primo giorno, aaaa-mm-gg')
    .option('--al <giorno>', 'ultimo giorno; se manca, finché non è revocato')
    .requiredOption('--informato-il <istante>', 'quando è stato informato, come 2026-11-20T09:00:00Z')
    .requiredOption('--accettato-il <istante>', 'quando ha accettato')
    .option('--convenzione <id>', 'solo per le richieste di questa convenzione')
    .addHelpText('after', '\nEsempio:\n  geres connessione operatore assegna --comune H501 --dal 2026-12-01 --informato-il 2026-11-20T09:00:00Z --accettato-il 2026-11-20T09:30:00Z');
  withConnection(assign, { writes: true }).action(async ({ codiceFiscale, dal, al, informatoIl, accettatoIl, convenzione, ...options }: Assignment) => {
    const parsed = CodiceFiscale.safeParse(codiceFiscale === '-' ? await given.terminal.line('Codice fiscale dell’operatore: ') : codiceFiscale);
    if (!parsed.success) throw wrongUse(`l’operatore non è valido: ${parsed.error.issues[0]!.message}`);
    const body = { codiceFiscale: parsed.data, dal, ...(al === undefined ? {} : { al }), informatoIl, accettatoIl, ...(convenzione === undefined ? {} : { convenzione }) };
    await shown(options, given, ({ call }) => call('POST', '/operatori', body));
  });

  const withdraw = operator.command('revoca').summary('non chiede più in nome di un operatore').description('Da ora non si chiede più nulla in nome di quell’operatore.').argument('<operatore>', 'identificativo, come lo dice «mostra»').requiredOption('--motivo <testo>', 'perché; resta nell’archivio');
  withConnection(withdraw, { writes: true }).action((id: string, options: ConnectionOptions & { readonly motivo: string }) => shown(options, given, ({ call }) => call('DELETE', `/operatori/${encodeURIComponent(id)}`, { motivo: options.motivo })));
}
