import 'reflect-metadata';
import { checkStandalone, loadConfig, standaloneSettings } from '@geres/platform/config';
import { introduction } from './introduction.js';
import { live, say, seconds } from './lifetime.js';

await live(
  async ({ onProgress, onEnd }) => {
    const config = checkStandalone(loadConfig(standaloneSettings, { env: process.env }));
    say(`GeRes, ambiente «${config.environment}»`);
    // Loaded when the settings are known to be right: a mistake is told at once.
    const { startGeres } = await import('./geres.js');
    return startGeres({ config, onProgress, onSimulatorEnd: () => onEnd('il simulatore di ANPR') });
  },
  (started) => introduction(started, seconds()),
);
