export * from './installation.js';
export * from './tokens.js';
