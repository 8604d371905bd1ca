/** What is undone at the end, last opened first. */
export class Closing {
  private readonly steps: (() => unknown)[] = [];
  private running: Promise<void> | undefined;

  add(step: () => unknown): void {
    this.steps.unshift(step);
  }

  /** Every step is tried; rejects with the first that failed. */
  run(): Promise<void> {
    this.running ??= this.all();
    return this.running;
  }

  private async all(): Promise<void> {
    const failures: unknown[] = [];
    for (const step of this.steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Opens one thing after the other; what was opened is closed again when a step fails. Errors: what failed, not what came of closing. */
export async function opening<T>(work: (closing: Closing) => Promise<T>): Promise<T> {
  const closing = new Closing();
  try {
    return await work(closing);
  } catch (error) {
    await closing.run().catch(() => undefined);
    throw error;
  }
}
