import { CERTIFICATE_USES, ChiaveConnettore, SealedKey, type CertificateUse } from '@geres/contracts';
import { Option, type Command } from 'commander';
import type { JWK } from 'jose';
import { readFile } from 'node:fs/promises';
import { refused, wrongUse } from '../outcome.js';
import type { Given } from '../program.js';
import { pathOf } from '../settings.js';
import { reachConnection, withConnection, type ConnectionOptions } from './admin.js';
import { shown } from './shown.js';

interface Uses extends ConnectionOptions {
  readonly uso: CertificateUse;
  readonly responsabile?: string;
}

interface Installing extends Uses {
  readonly filePassword?: string;
  readonly senzaPassword?: boolean;
}

interface Requesting extends Uses {
  readonly nome: string;
  readonly organizzazione?: string;
  readonly localita?: string;
  readonly provincia?: string;
}

const withUse = (command: Command): Command =>
  command
    .addOption(new Option('--uso <nome>', 'a che cosa serve la chiave; client è per pdnd').choices([...CERTIFICATE_USES]).makeOptionMandatory())
    .option('--responsabile <utente>', 'identificativo dell’amministratore che ne cura il rinnovo; se manca, chi dà il comando');

export function certificateCommands(connection: Command, given: Given): void {
  const certificate = connection.command('certificato').summary('certificati e chiavi della connessione').description('Certificati e chiavi con cui il Comune si presenta ad ANPR. Le chiavi private le ha il connettore soltanto: nessuno le può riavere.');
  installCommand(certificate, given);
  requestCommand(certificate, given);
  completeCommand(certificate, given);
  deviceCommand(certificate, given);
  retireCommand(certificate, given);
}

function installCommand(certificate: Command, given: Given): void {
  const command = certificate
    .command('installa')
    .summary('installa un certificato con la sua chiave')
    .description(
      'Sigilla per il connettore un PKCS#12 (.p12, .pfx) o una chiave PEM, con la sua password, e lo installa: il file e la password non lasciano questa macchina in chiaro.\nLa password si chiede, o si legge dallo standard input o da un file: mai fra gli argomenti.',
    )
    .argument('<file>', 'PKCS#12, o chiave privata PEM di un client PDND')
    .option('--file-password <file>', 'file con la password, nella prima riga')
    .option('--senza-password', 'la chiave PEM non ha password')
    .addHelpText('after', '\nEsempi:\n  geres connessione certificato installa 058091-CO-9999.p12 --comune H501 --uso firma\n  geres connessione certificato installa client.pem --comune H501 --canale pdnd --uso client --senza-password');
  withConnection(withUse(command), { writes: true }).action(async (file: string, { uso, responsabile, filePassword, senzaPassword = false, ...options }: Installing) => {
    const content = await readFile(pathOf(file));
    const pem = content.subarray(0, 5).toString('latin1') === '-----';
    if (senzaPassword && !pem) throw wrongUse('un PKCS#12 ha una password: --senza-password è per le chiavi PEM');
    const password = senzaPassword ? undefined : filePassword === undefined ? await given.terminal.secret('Password del file: ') : firstLine(await readFile(pathOf(filePassword), 'utf8'));
    const key = SealedKey.safeParse(pem ? { pem: content.toString('utf8'), ...(password === undefined ? {} : { password }) } : { pkcs12: content.toString('base64'), password });
    if (!key.success) throw wrongUse('il file non è una chiave: è troppo grande, o la password è troppo lunga');
    await shown(options, given, async ({ comune, channel, call }) => {
      const connector = ChiaveConnettore.safeParse(await call('GET', '/chiave-connettore'));
      if (!connector.success) throw refused('la chiave del connettore non è nella forma attesa: il comando e GeRes sono di versioni diverse?');
      const { sealKey } = await import('@geres/platform/keys');
      const sigillato = await sealKey(key.data, connector.data.chiave as JWK, { comune, channel });
      return call('POST', '/certificati', { uso, sigillato, ...(responsabile === undefined ? {} : { responsabile }) });
    });
  });
}

function requestCommand(certificate: Command, given: Given): void {
  const command = certificate
    .command('richiedi')
    .summary('fa una chiave nel connettore e ne scrive la richiesta di certificato')
    .description('La chiave nasce nel connettore e non ne esce. Sullo standard output va la richiesta PKCS#10 per l’autorità di certificazione o, per un client PDND, la chiave pubblica da caricare in PDND.')
    .requiredOption('--nome <testo>', 'CN del certificato, come 058091-CO-9999')
    .option('--organizzazione <testo>', 'O del certificato')
    .option('--localita <testo>', 'L del certificato')
    .option('--provincia <testo>', 'ST del certificato')
    .addHelpText('after', '\nEsempio:\n  geres connessione certificato richiedi --comune H501 --uso firma --nome 058091-CO-9999 > richiesta.csr');
  withConnection(withUse(command), { writes: true }).action(async ({ uso, responsabile, nome, organizzazione, localita, provincia, ...options }: Requesting) => {
    const { call } = await reachConnection(options, given);
    const soggetto = { nome, ...(organizzazione === undefined ? {} : { organizzazione }), ...(localita === undefined ? {} : { localita }), ...(provincia === undefined ? {} : { provincia }) };
    const made = (await call('POST', '/certificati/richieste', { uso, soggetto, ...(responsabile === undefined ? {} : { responsabile }) })) as { readonly id: string; readonly kid: string; readonly richiesta?: string; readonly chiavePubblica?: string };
    if (options.json) return given.terminal.print(JSON.stringify(made, null, 2));
    given.terminal.print((made.richiesta ?? made.chiavePubblica ?? '').trimEnd());
    given.terminal.say(made.richiesta === undefined ? `Chiave ${made.id}, kid ${made.kid}: caricarla in PDND, poi indicarne il kid nelle impostazioni.` : `Richiesta ${made.id}: quando arriva il certificato, «geres connessione certificato completa ${made.id} <file>».`);
  });
}

function completeCommand(certificate: Command, given: Given): void {
  const command = certificate
    .command('completa')
    .summary('installa il certificato arrivato per una richiesta')
    .description('Installa il certificato che l’autorità ha rilasciato per una chiave fatta nel connettore.')
    .argument('<richiesta>', 'identificativo, come lo ha detto «richiedi»')
    .argument('<file>', 'certificato, e quelli sopra di lui, in PEM');
  withConnection(command, { writes: true }).action(async (id: string, file: string, options: ConnectionOptions) => {
    const catena = await readFile(pathOf(file), 'utf8');
    await shown(options, given, ({ call }) => call('PUT', `/certificati/${encodeURIComponent(id)}`, { catena: catena.trim() }));
  });
}

function deviceCommand(certificate: Command, given: Given): void {
  const command = certificate
    .command('dispositivo')
    .summary('usa una chiave che sta in un dispositivo (PKCS#11)')
    .description('Usa una chiave che sta in un dispositivo di firma collegato al connettore, e non ne esce mai.')
    .requiredOption('--etichetta <testo>', 'CKA_LABEL della chiave: comincia con il codice catastale e un trattino')
    .option('--catena <file>', 'il suo certificato, e quelli sopra di lui, in PEM');
  withConnection(withUse(command), { writes: true }).action(async ({ uso, responsabile, etichetta, catena, ...options }: Uses & { readonly etichetta: string; readonly catena?: string }) => {
    const chain = catena === undefined ? {} : { catena: (await readFile(pathOf(catena), 'utf8')).trim() };
    await shown(options, given, ({ call }) => call('POST', '/certificati/dispositivo', { uso, etichetta, ...chain, ...(responsabile === undefined ? {} : { responsabile }) }));
  });
}

function retireCommand(certificate: Command, given: Given): void {
  const command = certificate.command('ritira').summary('ritira un certificato').description('La chiave non si usa più, ed è distrutta: non si può riavere.').argument('<certificato>', 'identificativo, come lo dice «mostra»').requiredOption('--motivo <testo>', 'perché; resta nell’archivio');
  withConnection(command, { writes: true }).action((id: string, options: ConnectionOptions & { readonly motivo: string }) => shown(options, given, ({ call }) => call('DELETE', `/certificati/${encodeURIComponent(id)}`, { motivo: options.motivo })));
}

const firstLine = (text: string): string => text.split(/\r?\n/, 1)[0]!;
