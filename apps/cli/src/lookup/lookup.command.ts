import { CodiceComune, MODES, SERVICES } from '@geres/contracts';
import { decodeJwt } from 'jose';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { addressOf, withAddress, type AddressOptions } from '../address.js';
import { readDemo, type Demo } from '../demo.js';
import { wrongUse } from '../outcome.js';
import type { Given } from '../program.js';
import { dataFolderOf, type DataOption } from '../settings.js';
import { withSigner } from '../token/token.command.js';
import { signerOf, type SignerOptions } from '../token/signer.js';
import { obtainToken } from '../token/token.js';
import { ask } from './ask.js';
import { questionOf, type QuestionOptions } from './question.js';

interface Options extends SignerOptions, AddressOptions, DataOption, Omit<QuestionOptions, 'motivo'> {
  readonly comune: string;
  readonly motivo?: string;
  readonly idempotencyKey?: string;
  readonly wait?: number;
  readonly ritira?: string;
  readonly token?: string;
  readonly json?: boolean;
}

const MOST_WAIT = 60;
const EXPIRING_S = 30;

export function lookupCommand(program: Command, given: Given): void {
  const command = program
    .command('lookup')
    .summary('chiede ad ANPR i dati di una persona, in nome di un Comune')
    .description(
      'Chiede ad ANPR i dati di una persona, in nome di un Comune, e ne mostra l’esito.\nI dati della persona si possono dare sullo standard input («-»), così che non restino fra i comandi già dati.\nIl token è quello di --token o di GERES_TOKEN; oppure si ottiene come con «geres token»; oppure è quello di demo.json.',
    )
    .requiredOption('--comune <codice>', 'Comune la cui convenzione si usa: codice catastale o ISTAT')
    .option('--codice-fiscale <codice>', 'codice fiscale della persona; «-»: dallo standard input')
    .option('--id-anpr <id>', 'oppure il suo idANPR; «-»: dallo standard input')
    .option('--soggetto <file>', 'oppure il soggetto in JSON come nell’API, per cercare per generalità; «-»: dallo standard input')
    .addOption(new Option('--servizio <nome>', 'servizio').choices([...SERVICES]).default('residenza'))
    .addOption(new Option('--modalita <nome>', 'modalità').choices([...MODES]).default('consultazione'))
    .option('--motivo <codice>', 'codice di un motivo ammesso dalla convenzione')
    .option('--pratica <testo>', 'riferimento della pratica')
    .option('--data <giorno>', 'giorno a cui si riferisce la domanda, aaaa-mm-gg; se manca, oggi')
    .option('--idempotency-key <chiave>', 'vale 24 ore: ripetendo la stessa richiesta si ritrova la prima')
    .option('--wait <secondi>', `attesa dell’esito, da 0 (si ritira dopo) a ${MOST_WAIT}; se manca, 30`, seconds)
    .option('--ritira <richiesta>', 'ritira l’esito di una richiesta già fatta, per dieci minuti')
    .option('--token <token>', 'token di accesso; meglio nella variabile GERES_TOKEN, che gli altri utenti della macchina non vedono')
    .option('--json', 'scrive la risposta di GeRes, o il suo problema, in JSON');
  withAddress(withSigner(command)).action((options: Options) => lookup(options, given));
}

async function lookup(options: Options, { terminal, signal }: Given): Promise<void> {
  const comune = CodiceComune.safeParse(options.comune);
  if (!comune.success) throw wrongUse('--comune: codice catastale (H501) o ISTAT (058091)');
  if (options.ritira !== undefined && !/^[0-9A-HJKMNP-TV-Z]{26}$/.test(options.ritira)) throw wrongUse('--ritira: l’identificativo di una richiesta, 26 caratteri');
  const { motivo } = options;
  if (options.ritira === undefined && motivo === undefined) throw wrongUse('manca l’opzione --motivo');
  const demo = await readDemo(dataFolderOf(options));
  const body = options.ritira === undefined ? await questionOf({ ...options, motivo: motivo! }, terminal) : undefined;
  const address = addressOf(options, demo);
  const token = await tokenFor(options, demo, comune.data, { ...address, signal });
  const came = await ask({
    url: `${address.url}/api/v1/comuni/${comune.data}/richieste${options.ritira === undefined ? '' : `/${options.ritira}`}`,
    token,
    signal,
    ...(body ? { body } : {}),
    ...(options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey }),
    ...(options.wait === undefined ? {} : { wait: options.wait }),
  });
  if (options.json) terminal.print(JSON.stringify(came.json, null, 2));
  else if (!came.ended) terminal.print(came.words);
  if (came.ended) throw came.ended;
}

/** The demo's ready token is for one operator of one Comune: for anything else one is asked for. */
async function tokenFor({ token, ...signer }: Options, demo: Demo | undefined, comune: string, endpoint: { readonly url: string; readonly environment: string; readonly signal: AbortSignal }): Promise<string> {
  const ready = token ?? process.env['GERES_TOKEN'];
  if (ready !== undefined && ready !== '') return ready;
  const place = demo?.comuni.find(({ codiceCatastale, codiceIstat }) => codiceCatastale === comune || codiceIstat === comune)?.codiceCatastale;
  const asked = signer.utente !== undefined || signer.client !== undefined || signer.key !== undefined;
  if (!asked && demo && fits(demo, place)) return demo.token;
  return (await obtainToken(await signerOf(signer, demo, place), endpoint)).token;
}

/** Whether the ready token has not expired and its application has operators in that Comune. */
function fits({ token, applicazioni, utenti }: Demo, place: string | undefined): boolean {
  try {
    const { exp = 0, client_id: client } = decodeJwt(token);
    const ente = applicazioni.find(({ clientId }) => clientId === client)?.ente;
    return exp > Date.now() / 1000 + EXPIRING_S && (place === undefined || utenti.some((user) => user.ruolo === 'AUTORIZZATO' && user.ente === ente && user.comune === place));
  } catch {
    return false;
  }
}

function seconds(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) > MOST_WAIT) throw new InvalidArgumentError(`da 0 a ${MOST_WAIT}`);
  return Number(text);
}
