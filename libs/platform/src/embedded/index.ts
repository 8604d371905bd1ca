export * from './backup.js';
export * from './control-path.js';
export * from './embedded.js';
export * from './installation-file.js';
export * from './into-place.js';
export * from './restore.js';
