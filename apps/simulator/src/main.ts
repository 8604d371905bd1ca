import { startSimulator } from './server.js';
import { helpText, readSettings, WrongSetting, type Settings } from './settings.js';

const WRONG_SETTING = 2;

async function run(settings: Settings): Promise<void> {
  let stop = (): void => process.exit(0);
  process.once('SIGTERM', () => { stop(); });
  process.once('SIGINT', () => { stop(); });
  // A simulator whose parent has died, also while it was starting, would keep its port from the next one.
  process.once('disconnect', () => { stop(); });
  const simulator = await startSimulator(settings);
  let closing = false;
  stop = () => {
    if (closing) return;
    closing = true;
    simulator.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  console.log(`simulatore ANPR in ascolto su ${simulator.url}`);
  process.send?.({ ready: simulator.url });
}

try {
  const settings = readSettings(process.argv.slice(2), process.env);
  if (settings === 'help') console.log(helpText());
  else await run(settings);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  if (error instanceof WrongSetting) console.error(message);
  else if (code === 'EADDRINUSE') console.error('La porta del simulatore è già occupata: sceglierne un’altra con --port o GERES_SIMULATOR_PORT');
  else if (code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') console.error(`Il simulatore non può ascoltare su questo indirizzo (${code}): controllare --host e --port`);
  else console.error(error);
  process.exitCode = error instanceof WrongSetting || code === 'EADDRINUSE' || code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' ? WRONG_SETTING : 1;
}
