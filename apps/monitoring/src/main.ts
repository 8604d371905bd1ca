import 'reflect-metadata';
import { MonitoringModule, MONITORING_RUNNING, type Running } from '@geres/monitoring';
import { monitoringSettings } from '@geres/platform/config';
import { runProcess } from '@geres/platform/service';

await runProcess({
  service: 'monitoring',
  settings: monitoringSettings,
  holds: ({ settling, archive }) => ({ busKeys: { settling }, keks: { archive } }),
  // Without Kafka only the closing of what was left open waits.
  needs: ['mongodb'],
  serve: () => ({
    modules: [MonitoringModule],
    // A projection may be behind, and says so in its answers: only one that has stopped makes the service unfit.
    checks: (app) => [{ name: 'monitoraggio', ready: () => app.get<Running>(MONITORING_RUNNING).projections.every(({ failure }) => failure === undefined) }],
  }),
});
