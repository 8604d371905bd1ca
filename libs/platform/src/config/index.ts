export * from './pkcs11-settings.js';
export * from './settings.js';
export * from './standalone-settings.js';
export * from './service-settings.js';
export * from './services.js';
