import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chosen, engines } from './lib/engines/all.mjs';
import { startEngine } from './lib/engines/running.mjs';
import { alone, EVERYBODY, forget, lives, state, tell, use, used } from './lib/engines/state.mjs';
import { root } from './lib/root.mjs';
import { main, say } from './lib/run.mjs';

const HELP = `npm run engines -- start     avvia su questa macchina i motori delle prove (Kafka, protocollo di MongoDB, …)
npm run engines -- stop      li ferma tutti e ne toglie i dati
npm run engines -- status    dice quali ci sono e dove; con --json, per i programmi
npm run engines -- run NOME  ne avvia uno solo, finché vive chi lo chiama; scrive su una riga JSON dove si trova

start --for PID     li tiene solo finché vive quel processo: così fanno le prove
run --data CARTELLA --ports N,N   riprende i dati e le porte di un avvio precedente

Servono Java e Maven per Kafka, Go e PostgreSQL per il protocollo di MongoDB; nulla viene scaricato se non dai rispettivi registri di pacchetti.
Un motore il cui strumento manca viene saltato per nome. GERES_KAFKA e GERES_MONGODB_URL indicano alle prove server che ci sono già.`;

const WATCH_MS = 500;
const script = fileURLToPath(import.meta.url);

/** The value after `--name`, taken out of the arguments. */
function option(args, name) {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
}

async function start(args) {
  const who = option(args, '--for') ?? EVERYBODY;
  if (args.length > 0) throw new Error(`argomento sconosciuto: ${args[0]}\n\n${HELP}`);
  await alone(async () => {
    use(who);
    if (state()) return;
    const log = join(root, '.geres-engines', 'engines.log');
    mkdirSync(join(root, '.geres-engines'), { recursive: true });
    const output = openSync(log, 'w');
    const keeper = spawn(process.execPath, [script, 'keep'], { cwd: root, detached: true, stdio: ['ignore', output, output] });
    closeSync(output);
    keeper.unref();
    say('avvio i motori (la prima volta qualche minuto: li scarico e li compilo)');
    while (!state()) {
      if (!lives(keeper.pid)) throw new Error(`i motori non sono partiti:\n${readFileSync(log, 'utf8').trim()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  status([]);
}

/** The process that has the engines: it ends with `stop`, or when nobody needs them any more, and they end with it. */
async function keep() {
  const running = {};
  const missing = {};
  let ending = false;
  const end = async (code = 0) => {
    if (ending) return;
    ending = true;
    await Promise.all(Object.values(running).map((one) => one.stop()));
    forget();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => void end());
  await Promise.all(
    (await engines()).map(async (engine) => {
      try {
        const one = await startEngine(engine);
        running[engine.name] = one;
        void one.ended.then(() => {
          if (ending) return;
          say(`${engine.title} è finito da solo`);
          void end(1);
        });
      } catch (error) {
        say(error.message);
        missing[engine.name] = error.message;
      }
    }),
  );
  if (ending) return;
  const told = Object.entries(running).map(([name, one]) => [name, one.said]);
  tell({ pid: process.pid, engines: Object.fromEntries(told), missing });
  setInterval(() => used() || void end(), WATCH_MS);
}

async function stop() {
  const now = state();
  if (!now) return say('nessun motore avviato');
  process.kill(now.pid, 'SIGTERM');
  while (lives(now.pid)) await new Promise((resolve) => setTimeout(resolve, 50));
  say('motori fermati');
}

function status(args) {
  const now = state();
  if (args.includes('--json')) return console.log(JSON.stringify(now ?? {}));
  if (!now) return say('nessun motore avviato');
  for (const [name, { address, pid, log, standIn }] of Object.entries(now.engines)) console.log(`${name.padEnd(14)} ${address}   pid ${pid}   ${log}${standIn ? '   (sostituto per le prove)' : ''}`);
  for (const [name, why] of Object.entries(now.missing)) console.log(`${name.padEnd(14)} non c’è: ${why.split('\n')[0]}`);
}

/** One engine for whoever calls: it ends with its caller, however that ends. */
async function run(args) {
  const data = option(args, '--data');
  const ports = option(args, '--ports')?.split(',').map(Number);
  const [engine] = await chosen(args);
  const parent = process.ppid;
  const { stop: end, ended, said } = await startEngine(engine, { data, ports });
  const leave = async (code) => {
    await end();
    process.exit(code);
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, () => void leave(0));
  setInterval(() => process.ppid === parent || void leave(0), WATCH_MS);
  void ended.then(() => leave(1));
  console.log(JSON.stringify(said));
}

const COMMANDS = { start, stop, status, run, keep };

main(async () => {
  const [command, ...args] = process.argv.slice(2);
  if (command === '--help' || args.includes('--help')) return console.log(HELP);
  if (!Object.hasOwn(COMMANDS, command ?? '')) throw new Error(`${command ? `comando sconosciuto: ${command}` : 'manca il comando'}\n\n${HELP}`);
  await COMMANDS[command](args);
});
