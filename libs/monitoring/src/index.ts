export * from './archive/index.js';
export { lookupTagsSpec, type TagsRow } from './lookups/lookup-tags.projection.js';
export { lookupsSpec, type LookupRow } from './lookups/lookups.projection.js';
export { failMonitoring, type MonitoringProblem } from './lookups/lookups.problems.js';
export { MONITORING_RUNNING, MonitoringModule } from './monitoring.module.js';
export { startProjections, type Running } from './running.js';
export { SettlingPolicy, sweepEvery } from './settling/settling.policy.js';
