import type { Command } from 'commander';
import { decodeJwt } from 'jose';
import { addressOf, withAddress, type AddressOptions } from '../address.js';
import { readDemo } from '../demo.js';
import type { Given } from '../program.js';
import { dataFolderOf, type DataOption } from '../settings.js';
import { enter, leave, TOKEN_VARIABLE } from './access.js';

type Options = AddressOptions & DataOption;

export function accessCommands(program: Command, { terminal, signal }: Given): void {
  const endpoint = async (options: Options) => ({ ...addressOf(options, await readDemo(dataFolderOf(options))), signal });
  const signInCommand = program
    .command('accedi')
    .summary('entra come amministratore, con il browser')
    .description(
      `Mostra l’indirizzo da aprire nel browser di questa macchina e aspetta che si entri; poi i comandi di amministrazione non chiedono altro finché la sessione dura, dieci ore al più.\nL’accesso resta in ~/.config/geres/accessi.json, che solo questo utente legge. Per gli script c’è la variabile ${TOKEN_VARIABLE}.`,
    );
  withAddress(signInCommand).action(async (options: Options) => {
    const { accessToken } = await enter(await endpoint(options), terminal);
    const { ruolo, comune } = decodeJwt(accessToken);
    terminal.print(['Entrato', [ruolo, comune].filter(Boolean).join(' ')].filter(Boolean).join(': '));
  });
  const signOutCommand = program.command('esci').summary('chiude la sessione di amministratore').description('Chiude la sessione aperta con «geres accedi»: i suoi token non valgono più.');
  withAddress(signOutCommand).action(async (options: Options) => terminal.print((await leave(await endpoint(options))) ? 'Uscito' : 'Nessuno era entrato'));
}
