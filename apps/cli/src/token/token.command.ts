import type { Command } from 'commander';
import { readDemo } from '../demo.js';
import { addressOf, withAddress, type AddressOptions } from '../address.js';
import { dataFolderOf, type DataOption } from '../settings.js';
import type { Given } from '../program.js';
import { signerOf, type SignerOptions } from './signer.js';
import { obtainToken } from './token.js';

type Options = SignerOptions & AddressOptions & DataOption & { readonly json?: boolean };

export const withSigner = (command: Command): Command =>
  command
    .option('--utente <login>', 'nome utente dell’operatore')
    .option('--client <id>', 'identificativo dell’applicazione (client_id)')
    .option('--key <file>', 'chiave privata dell’applicazione, PEM')
    .option('--kid <nome>', 'nome con cui la chiave è registrata, se non è la sua impronta');

export function tokenCommand(program: Command, { terminal, signal }: Given): void {
  const command = program
    .command('token')
    .summary('ottiene un token di accesso per un operatore')
    .description(
      'Firma un’asserzione RFC 7523 con la chiave di un’applicazione e la scambia con un token di accesso, che è la sola cosa scritta sullo standard output (npm ne scrive altre: npm run --silent geres -- token).\nDove c’è un’installazione dimostrativa, ciò che non si indica viene da <cartella dei dati>/demo.json.',
    );
  withAddress(withSigner(command))
    .option('--json', 'scrive { token, scade } in JSON')
    .action(async (options: Options) => {
      const demo = await readDemo(dataFolderOf(options));
      const signer = await signerOf(options, demo);
      const { token, expiresAt } = await obtainToken(signer, { ...addressOf(options, demo), signal });
      terminal.print(options.json ? JSON.stringify({ token, scade: expiresAt.toISOString(), utente: signer.user, client: signer.client }) : token);
    });
}
