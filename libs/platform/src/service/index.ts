export type { Engines } from './engines.js';
export { PlatformModule, type PlatformParts } from './platform.module.js';
