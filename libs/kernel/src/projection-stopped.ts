import type { Recorded } from './event.js';

/** A projection does not know an event, or cannot apply it: it stops there rather than skip it, and will stop there again. `cause` is what it said. */
export class ProjectionStopped extends Error {
  override readonly name = 'ProjectionStopped';
  constructor(
    readonly projection: string,
    readonly event: Pick<Recorded, 'stream' | 'version' | 'type' | 'v'>,
    cause: unknown,
  ) {
    super(`projection ${projection} stopped at ${event.type}@${event.v}, event ${event.version} of ${event.stream}: ${cause instanceof Error ? cause.message : 'it could not be applied'}`, { cause });
  }
}
