import { rm } from 'node:fs/promises';
import { startGeres, temporaryFolder } from '../installation.js';
import { archiveSize } from './archive-size.js';
import { channels } from './channels.js';
import { engines } from './engines.js';
import { table, type Figure } from './figures.js';
import { latency } from './latency.js';
import { memory } from './memory.js';
import { people } from './questions.js';
import { replay } from './replay.js';
import { stores } from './stores.js';
import { throughput } from './throughput.js';

const HELP = `npm run bench [-- --only main|channels|engines] [--json]

Misura GeRes su questa macchina, ogni cifra accanto al suo limite misurato nella stessa corsa.
  --only main     la ricerca intera, l'archivio, la memoria, l'avvio (se non si dice quale)
  --only channels i canali verso ANPR con la loro sicurezza, e 2.000 Comuni configurati
  --only engines  la forma distribuita accanto a quella incorporata, e i suoi motori (Kafka vero; archivio e collezioni su sostituti, se GERES_EVENTSTORE_URL
                  e GERES_MONGODB_URL non indicano server veri)
  --json          un array di { name, value, unit, limit, target, met } su standard output`;

const args = process.argv.slice(2);
const only = args.includes('--only') ? (args[args.indexOf('--only') + 1] ?? '') : 'main';
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const groups = new Map<string, () => Promise<readonly Figure[]>>([
  ['main', () => main()],
  ['channels', () => channels(say)],
  ['engines', () => engines(say)],
]);
const group = groups.get(only);

if (args.includes('--help')) {
  process.stdout.write(`${HELP}\n`);
} else if (!group) {
  say(`gruppo sconosciuto: ${only}\n\n${HELP}`);
  process.exitCode = 2;
} else {
  const figures = await group();
  process.stdout.write(args.includes('--json') ? `${JSON.stringify(figures, null, 2)}\n` : `${table(figures)}\n`);
}

async function main(): Promise<readonly Figure[]> {
  const folder = await temporaryFolder();
  say('archivio');
  const archive = await stores();
  const commits = archive.find(({ name }) => name.includes('64'))!.value;
  say('avvio di GeRes');
  const geres = await startGeres(folder);
  const figures: Figure[] = [...archive];
  try {
    const all = await people(geres.demo.simulatore, 3000);
    figures.push(...(await memory(geres, all)));
    say('ricerche al secondo');
    figures.push(...(await throughput(geres, all, commits)));
    say('latenza aggiunta');
    figures.push(...(await latency(geres, all)));
  } finally {
    await geres.end();
    await rm(folder, { recursive: true, force: true });
  }
  say('riletture');
  figures.push(...(await replay()));
  say('archivio grande (qualche minuto)');
  figures.push(...(await archiveSize(say)));
  return figures;
}
