export * from './ids.js';
export type * from './installation.js';
export * from './restored.js';
export * from './rounds.js';
export * from './tokens.js';
