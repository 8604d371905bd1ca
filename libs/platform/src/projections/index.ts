export * from './follow.js';
export * from './run-projection.js';
