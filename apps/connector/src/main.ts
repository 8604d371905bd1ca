import 'reflect-metadata';
import { connectorSettings } from '@geres/platform/config';
import { runProcess } from '@geres/platform/service';
import { connector } from './connector.js';

await runProcess({
  service: 'connector',
  settings: connectorSettings,
  holds: ({ lookups, connections, settling, archive, connector: answers, certificates }) => ({ busKeys: { lookups, connections, settling }, keks: { archive, connector: answers, certificates } }),
  needs: ['kafka', 'mongodb'],
  serve: (_, config) => connector(config),
});
