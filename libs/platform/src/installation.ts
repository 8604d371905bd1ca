import type { Environment } from '@geres/kernel';

/** What an installation is, fixed at its first start. */
export interface Installation {
  readonly id: string;
  /** Renewed by a restore; carried by every checkpoint and snapshot. */
  readonly incarnation: string;
  readonly environment: Environment;
}

/** The time, so that tests can set it. */
export type Clock = () => Date;
