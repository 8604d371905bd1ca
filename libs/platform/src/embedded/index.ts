export * from './backup.js';
export * from './embedded.js';
export * from './installation-file.js';
export * from './restore.js';
