/**
 * Where a process may die, in the words of docs/architecture.md. `before` and `after` are seen from the port: after `record` the event is durable and nothing
 * else has happened yet.
 */
export const STEPS = [
  'before-record',
  'after-record',
  'before-ask',
  'after-ask',
  'before-store-answer',
  'after-store-answer',
  'before-settle',
  'after-settle',
  'before-reply',
  'after-reply',
] as const;
export type Step = (typeof STEPS)[number];

/** What the parent tells the child, and the child tells the parent, over IPC. */
export type ToChild = { readonly kind: 'command'; readonly command: object };
export type FromChild = { readonly kind: 'ready' } | { readonly kind: 'answer'; readonly answer: object };
