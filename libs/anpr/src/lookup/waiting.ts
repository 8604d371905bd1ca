import type { LookupOutcome } from '@geres/contracts';
import type { Answers } from './answers.js';

/** Commands that wait for the outcome of one lookup besides the command that asked it: repeats of its idempotency key. */
export class Waiting {
  private readonly commands = new Map<string, Set<string>>();

  constructor(private readonly answers: Answers) {}

  lookups(): readonly string[] {
    return [...this.commands.keys()];
  }

  join(lookup: string, command: string): void {
    const known = this.commands.get(lookup);
    if (known) known.add(command);
    else this.commands.set(lookup, new Set([command]));
  }

  leave(lookup: string, command: string): void {
    const known = this.commands.get(lookup);
    known?.delete(command);
    if (known?.size === 0) this.commands.delete(lookup);
  }

  /** Tells the command that asked, whose id is the lookup's, and all who wait with it. */
  async tell(lookup: string, outcome: LookupOutcome): Promise<void> {
    const others = this.commands.get(lookup) ?? [];
    this.commands.delete(lookup);
    await Promise.all([lookup, ...others].map((command) => this.answers.tell(command, outcome)));
  }
}
