import { CASI_USO, type ProvaConnessione } from '@geres/contracts';
import { Option, type Command } from 'commander';
import { readFile } from 'node:fs/promises';
import { refused, wrongUse } from '../outcome.js';
import type { Given } from '../program.js';
import { pathOf } from '../settings.js';
import { reachConnection, withConnection, type ConnectionOptions } from './admin.js';
import { certificateCommands } from './certificate.commands.js';
import { operatorCommands } from './operator.commands.js';
import { shown } from './shown.js';
import { testInWords } from './words.js';

const ACCESS = 'È per il TOP del Comune: se nessuno è entrato con «geres accedi», si entra ora con il browser.';

const SETTINGS_EXAMPLE = `
Un file di impostazioni per il canale ws:
  {
    "indirizzo": "https://wstest.anpr.interno.it/services/ANPR3000ServiziConsultazione/AnprService3000",
    "codiceMittente": "058091", "sicurezza": "wss",
    "tempoMassimoMs": 30000, "contemporanee": 20, "inAttesa": 200
  }
Le altre voci, e quelle del canale pdnd, sono in docs/openapi/amministrazione.json (ImpostazioniWs, ImpostazioniPdnd).`;

export function connectionCommands(program: Command, given: Given): void {
  const connection = program
    .command('connessione')
    .summary('amministra la connessione di un Comune ad ANPR')
    .description(`Impostazioni, operatore ANPR, certificati e stato della connessione di un Comune ad ANPR.\n${ACCESS}`)
    .addHelpText(
      'after',
      `
Dalla prima configurazione alla prima richiesta:
  geres connessione configura impostazioni.json --comune H501
  geres connessione operatore assegna --comune H501 --dal 2026-12-01 --informato-il 2026-11-20T09:00:00Z --accettato-il 2026-11-20T09:30:00Z
  geres connessione certificato installa 058091-CO-9999.p12 --comune H501 --uso firma
  geres connessione prova --comune H501
  geres connessione attiva --comune H501`,
    );
  shownCommand(connection, given);
  configureCommand(connection, given);
  operatorCommands(connection, given);
  certificateCommands(connection, given);
  stateCommands(connection, given);
  testCommand(connection, given);
}

function shownCommand(connection: Command, given: Given): void {
  const command = connection.command('mostra').summary('mostra la connessione').description(`Mostra impostazioni, operatori, certificati con le loro scadenze e l’ultima prova. Codici fiscali e chiavi non si vedono.\n${ACCESS}`);
  withConnection(command).action((options: ConnectionOptions) => shown(options, given, ({ call }) => call('GET', '')));
}

function configureCommand(connection: Command, given: Given): void {
  const command = connection
    .command('configura')
    .summary('configura la connessione, o ne cambia le impostazioni')
    .description(`Legge le impostazioni da un file JSON.\n${ACCESS}`)
    .argument('<file>', 'file JSON; «-»: lo standard input')
    .addHelpText('after', SETTINGS_EXAMPLE);
  withConnection(command, { writes: true }).action(async (file: string, options: ConnectionOptions) => {
    const settings = json(file === '-' ? await given.terminal.input() : await readFile(pathOf(file), 'utf8'));
    await shown(options, given, ({ call }) => call('PUT', '/impostazioni', settings));
  });
}

function stateCommands(connection: Command, given: Given): void {
  const activate = connection.command('attiva').summary('attiva la connessione').description(`Da ora si chiede ad ANPR. Servono un operatore in carica (ws) e le chiavi, valide oggi.\n${ACCESS}`);
  withConnection(activate, { writes: true }).action((options: ConnectionOptions) => shown(options, given, ({ call }) => call('POST', '/attivazione')));
  const suspend = connection.command('sospendi').summary('sospende la connessione').description(`Non si chiede più nulla ad ANPR finché non la si attiva di nuovo.\n${ACCESS}`).requiredOption('--motivo <testo>', 'perché; resta nell’archivio');
  withConnection(suspend, { writes: true }).action((options: ConnectionOptions & { readonly motivo: string }) => shown(options, given, ({ call }) => call('POST', '/sospensione', { motivo: options.motivo })));
}

function testCommand(connection: Command, given: Given): void {
  const command = connection
    .command('prova')
    .summary('prova la connessione, anche prima di attivarla')
    .description(`Sul canale ws manda TestConn, sul canale pdnd chiede un voucher: nessun cittadino è richiesto. Se non riesce dice che cosa non va e che cosa fare, e finisce con 1.\n${ACCESS}`)
    .addOption(new Option('--caso-uso <codice>', 'pdnd: e-service di cui chiedere il voucher; se manca, il primo configurato').choices([...CASI_USO]));
  withConnection(command).action(async (options: ConnectionOptions & { readonly casoUso?: string }) => {
    const { call } = await reachConnection(options, given);
    const test = (await call('POST', '/prova', options.casoUso === undefined ? {} : { casoUso: options.casoUso })) as ProvaConnessione;
    given.terminal.print(options.json ? JSON.stringify(test, null, 2) : testInWords(test));
    if (!test.riuscita) throw refused('la connessione non funziona ancora');
  });
}

function json(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // said below: the parser's own message would quote the file
  }
  throw wrongUse('le impostazioni non sono un oggetto JSON');
}
