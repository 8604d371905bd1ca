import 'reflect-metadata';
import { AnprGatewayModule, GRANTS, type Grants } from '@geres/anpr';
import { gatewaySettings } from '@geres/platform/config';
import type { Live } from '@geres/platform/projections';
import { READY_MS, runProcess } from '@geres/platform/service';

await runProcess({
  service: 'gateway',
  settings: gatewaySettings,
  holds: ({ lookups }) => ({ busKeys: { lookups } }),
  // Without MongoDB a request is still recorded; its answer comes once it is there again.
  needs: ['kafka'],
  serve: () => ({
    modules: [AnprGatewayModule],
    checks: (app) => [{ name: 'abilitazioni', ready: () => app.get<Live<Grants>>(GRANTS).fresh(READY_MS) }],
    caughtUp: (app) => app.get<Live<Grants>>(GRANTS).caughtUp(),
  }),
});
