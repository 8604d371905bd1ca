export { boxOf, CannotOpen, type Box } from './box.js';
export * from './bundle.js';
export * from './key-encryption-keys.js';
export * from './key-store.js';
export * from './seal-key.js';
export { UnusableKeys } from './unusable-keys.js';
