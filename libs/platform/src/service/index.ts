export { Closing, opening } from './closing.js';
export type { Engines } from './engines.js';
export { sharedInstallation, type InstallationRow } from './installation.js';
export { PlatformModule, type PlatformParts } from './platform.module.js';
export { READY_MS, runService, type RunningService, type Served, type ServiceOptions, type ServiceParts } from './run-service.js';
export { untilThere, type UntilThere } from './until-there.js';
export { runProcess, type ProcessOptions } from './run-process.js';
