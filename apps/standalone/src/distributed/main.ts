import 'reflect-metadata';
import { checkStandalone, ConfigError, loadConfig, standaloneSettings } from '@geres/platform/config';
import { introduction } from '../introduction.js';
import { live, say, seconds } from '../lifetime.js';
import type { DistributedStarted } from './start.js';

const { GERES_EVENTSTORE_URL: eventstoredb, GERES_KAFKA: kafka, GERES_MONGODB_URL: mongodb } = process.env;

await live(
  async ({ onProgress, onEnd }) => {
    const config = checkStandalone(loadConfig(standaloneSettings, { env: process.env }));
    if (config.environment !== 'test') throw new ConfigError('la forma distribuita su una macchina è dell’ambiente test; in produzione ogni servizio si avvia da sé (docs/operations.md)');
    say('GeRes, ambiente «test», forma distribuita');
    const { startDistributed } = await import('./start.js');
    return startDistributed({ config, engines: { eventstoredb, kafka, mongodb }, onProgress, onEnd });
  },
  (started) => `${introduction(started, seconds())}\n${described(started)}\n`,
);

function described({ services, standIns }: DistributedStarted): string {
  const rows = services.map(({ name, pid, port, metricsPort }) => `  ${name.padEnd(16)} pid ${String(pid).padEnd(8)} http://127.0.0.1:${port}   sonde e metriche http://127.0.0.1:${metricsPort}`);
  const standIn = standIns.length === 0 ? [] : [`Attenzione: ${standIns.join(', ')} è un sostituto per le prove, non il server vero (GERES_EVENTSTORE_URL ne indica uno).`];
  return ['Servizi', ...rows, ...standIn].join('\n');
}
