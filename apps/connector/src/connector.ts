import { AnprConnectorModule, connectionsInHealth, DeviceModule, GRANTS, SimulatorModule, type Grants } from '@geres/anpr';
import { pkcs11Of, type Config, type connectorSettings } from '@geres/platform/config';
import type { Live } from '@geres/platform/projections';
import { READY_MS, type Served } from '@geres/platform/service';

/** What the connector is made of. */
export const connector = (config: Config<typeof connectorSettings>): Served => ({
  modules: [DeviceModule.forRoot(pkcs11Of(config)), SimulatorModule.at(config.simulatorHosts), AnprConnectorModule],
  checks: (app) => [{ name: 'abilitazioni', ready: () => app.get<Live<Grants>>(GRANTS).fresh(READY_MS) }],
  details: connectionsInHealth,
  caughtUp: (app) => app.get<Live<Grants>>(GRANTS).caughtUp(),
});
