import type { LookupOutcome } from '@geres/contracts';

/**
 * What one lookup does that a crash may cut in two, in the words of docs/architecture.md: a register is taken, the secret of the month is made, the request or
 * its refusal is recorded, the word that it is recorded goes out, ANPR is asked, over PDND a further call is recorded and then made, the answer is stored for pick-up, the outcome is recorded, it is told; a
 * snapshot of the register is kept; what an earlier crash left open is closed.
 */
export const DOINGS = ['take', 'secret', 'record', 'refuse', 'word', 'ask', 'further', 'store-answer', 'settle', 'reply', 'keep', 'close'] as const;
export type Doing = (typeof DOINGS)[number];
/** `after`: it is done, and nothing else has happened yet. */
export type Step = `${'before' | 'after'}-${Doing}`;

export const STEPS: readonly Step[] = DOINGS.flatMap((doing) => [`before-${doing}`, `after-${doing}`] as const);

/** Where a process is to die: the so-many-th time that it comes to the step. */
export interface Fuse {
  readonly step: Step;
  readonly passage: number;
}

/** What a connector's process is started with. */
export interface Plan {
  readonly folder: string;
  /** How far its clock is ahead of the machine's, in milliseconds. */
  readonly aheadMs: number;
  readonly fuse?: Fuse;
}

/** Over IPC. `clock`: how far ahead its clock is from now on. `rest`: take nothing more, close everything that was left open, end. */
export type ToChild = { readonly kind: 'command'; readonly command: object } | { readonly kind: 'clock'; readonly aheadMs: number } | { readonly kind: 'rest' };
export type FromChild =
  | { readonly kind: 'ready' }
  /** The command counts as taken: as on a broker it never comes again, unless it comes twice. */
  | { readonly kind: 'taken'; readonly command: string }
  | { readonly kind: 'answer'; readonly to: string; readonly outcome: LookupOutcome };
