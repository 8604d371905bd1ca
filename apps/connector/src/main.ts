import 'reflect-metadata';
import { AnprConnectorModule, DeviceModule, GRANTS, SimulatorModule, type Grants } from '@geres/anpr';
import { connectorSettings, pkcs11Of } from '@geres/platform/config';
import type { Live } from '@geres/platform/projections';
import { READY_MS, runProcess } from '@geres/platform/service';

await runProcess({
  service: 'connector',
  settings: connectorSettings,
  holds: ({ lookups, connections, settling, archive, connector, certificates }) => ({ busKeys: { lookups, connections, settling }, keks: { archive, connector, certificates } }),
  needs: ['kafka', 'mongodb'],
  serve: (_, config) => ({
    modules: [DeviceModule.forRoot(pkcs11Of(config)), SimulatorModule.at(config.simulatorHosts), AnprConnectorModule],
    checks: (app) => [{ name: 'abilitazioni', ready: () => app.get<Live<Grants>>(GRANTS).fresh(READY_MS) }],
    caughtUp: (app) => app.get<Live<Grants>>(GRANTS).caughtUp(),
  }),
});
