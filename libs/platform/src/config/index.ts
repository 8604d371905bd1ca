export * from './settings.js';
export * from './standalone-settings.js';
