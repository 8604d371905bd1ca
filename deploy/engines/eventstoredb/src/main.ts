import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { CONTROLS, openControl } from './control.js';
import { startEventStoreDbStandIn, type StandInOptions } from './stand-in.js';

const HELP = `Sostituto di EventStoreDB per le prove: NON è EventStoreDB.
Parla gRPC con le definizioni del client @eventstore/db-client e tiene i dati in SQLite.

  --data <cartella>        cartella dei dati (obbligatoria)
  --port <numero>          porta del primo nodo; i successivi seguono. 0: libere (0)
  --nodes <numero>         nodi del cluster, sugli stessi dati (1)
  --host <indirizzo>       indirizzo su cui ascoltare (127.0.0.1)
  --control-port <numero>  porta HTTP per provocare guasti. 0: una libera; se manca, nessuna
  --certificate <file>     certificato PEM, con --key: TLS
  --key <file>             chiave PEM del certificato
  --user <nome>            solo chi ha queste credenziali può chiamare (con TLS); la password è
                           in GERES_STAND_IN_PASSWORD
  --help                   queste righe

Con --control-port:
${CONTROLS.replaceAll(/^/gm, '  ')}
`;

const OPTIONS = {
  data: { type: 'string' },
  port: { type: 'string', default: '0' },
  nodes: { type: 'string', default: '1' },
  host: { type: 'string', default: '127.0.0.1' },
  'control-port': { type: 'string' },
  certificate: { type: 'string' },
  key: { type: 'string' },
  user: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function run(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    say(HELP);
    return;
  }
  if (!values.data) throw new Error('serve --data <cartella>; --help per le altre opzioni');
  const password = process.env['GERES_STAND_IN_PASSWORD'];
  if (values.user && !password) throw new Error('con --user serve GERES_STAND_IN_PASSWORD');
  const options: StandInOptions = {
    folder: values.data,
    host: values.host,
    port: whole('--port', values.port),
    nodes: whole('--nodes', values.nodes),
    ...(values.certificate && values.key ? { tls: { certificate: readFileSync(values.certificate), key: readFileSync(values.key) } } : {}),
    ...(values.user && password ? { credentials: { username: values.user, password } } : {}),
  };
  const standIn = await startEventStoreDbStandIn(options);
  const control = values['control-port'] === undefined ? undefined : await openControl(standIn, whole('--control-port', values['control-port']));
  say(`sostituto di EventStoreDB (non è EventStoreDB) su ${standIn.connectionString}${control ? `, guasti su ${control.url}` : ''}`);
  process.send?.({ ready: standIn.connectionString, control: control?.url });
  let closing = false;
  const stop = (): void => {
    if (closing) return;
    closing = true;
    void Promise.all([control?.close(), standIn.close()]).then(() => process.exit(0));
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'disconnect'] as const) process.once(signal, stop);
}

function whole(option: string, text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new Error(`${option}: un numero intero`);
  return Number(text);
}

try {
  await run();
} catch (error) {
  process.stderr.write(`sostituto di EventStoreDB: ${(error as Error).message}\n`);
  process.exitCode = 2;
}
