import 'reflect-metadata';
import { checkStandalone, ConfigError, loadConfig, standaloneSettings } from '@geres/platform/config';
import { WrongInstallation } from '@geres/platform/embedded';
import { DataFolderInUse } from '@geres/platform/event-store';
import { UnusableKeys } from '@geres/platform/keys';
import { posixLine, powerShellLine, type Demo } from './facts.js';
import { startGeres, type Started } from './geres.js';
import { SimulatorFailed } from './simulator.js';

const say = (text = ''): void => void process.stdout.write(`${text}\n`);
const began = performance.now();
const seconds = (): string => ((performance.now() - began) / 1000).toFixed(1).replace('.', ',');

/** Mistakes of whoever starts GeRes: said in one line, without a stack. */
const EXPECTED = [ConfigError, WrongInstallation, DataFolderInUse, UnusableKeys, SimulatorFailed] as const;

try {
  const config = checkStandalone(loadConfig(standaloneSettings, { env: process.env }));
  say(`GeRes, ambiente «${config.environment}»`);
  let started: Started | undefined;
  let stopping: Promise<void> | undefined;
  const stop = (code: number): void => {
    stopping ??= Promise.resolve(started?.stop()).then(
      () => process.exit(code),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      say('mi fermo');
      stop(0);
    });
  }
  started = await startGeres({
    config,
    env: process.env,
    onProgress: (step) => say(`  [${seconds()} s] ${step}`),
    onSimulatorEnd: () => {
      process.stderr.write('il simulatore di ANPR è terminato: GeRes si ferma\n');
      stop(1);
    },
  });
  introduce(started);
} catch (error) {
  const code = (error as { readonly code?: string }).code;
  if (EXPECTED.some((kind) => error instanceof kind)) process.stderr.write(`${(error as Error).message}\n`);
  else if (code === 'EADDRINUSE') process.stderr.write(`la porta è già in uso: cambiare GERES_PORT\n`);
  else process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(2);
}

function introduce({ baseUrl, folder, demo, firstStart, keysMadeAt }: Started): void {
  if (keysMadeAt) {
    say();
    say(`Chiavi di cifratura create in ${keysMadeAt}: conservarne una copia al sicuro, fuori da questa macchina.`);
    say('Senza quel file i dati sigillati non si leggono più; non è compreso nei backup.');
  }
  say();
  say(`GeRes è pronto in ${seconds()} s: ${baseUrl}   (dati: ${folder})`);
  if (firstStart) {
    say();
    say('Primo avvio: per creare il primo GESTORE aprire');
    say(`  ${firstStart.url}`);
    say(`e usare il codice ${firstStart.code} (vale una volta; un nuovo avvio ne dà un altro).`);
  }
  if (demo) describe(demo, folder);
  say();
  say('Per fermare: Ctrl+C');
}

function describe(demo: Demo, folder: string): void {
  const rows = (title: string, lines: readonly string[]): void => {
    say();
    say(title);
    for (const line of lines) say(`  ${line}`);
  };
  rows('Comuni', demo.comuni.map(({ codiceCatastale, codiceIstat, nome }) => `${nome.padEnd(10)} ${codiceCatastale}  ISTAT ${codiceIstat}`));
  rows('Utenti (nome utente, password, ruolo)', demo.utenti.map(({ username, password, ruolo, comune, ente }) => `${username.padEnd(28)} ${password.padEnd(24)} ${ruolo.padEnd(11)} ${[comune, ente].filter(Boolean).join(' ')}`));
  rows('Applicazioni (client_id, chiave)', demo.applicazioni.map(({ clientId, chiave, ente }) => `${clientId.padEnd(24)} ${chiave}  (${ente})`));
  rows('Motivi', demo.motivi.map(({ codice, descrizione }) => `${codice.padEnd(8)} ${descrizione}`));
  rows(
    'Persone sintetiche a cui chiedere (tutte in demo.json)',
    demo.persone.slice(0, 12).map(({ codiceFiscale, cognome, nome, caso }) => `${codiceFiscale}  ${`${cognome ?? ''} ${nome ?? ''}`.trim().padEnd(28)} ${caso}`),
  );
  rows('Una richiesta, subito (il token vale un giorno)', [posixLine(demo)]);
  rows('La stessa, da PowerShell', [powerShellLine(demo)]);
  say();
  say(`Gli stessi dati sono in ${folder}/demo.json. Simulatore di ANPR: ${demo.simulatore}`);
}
