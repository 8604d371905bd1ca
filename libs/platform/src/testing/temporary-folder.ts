import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';

/** An empty folder; whoever asks for it removes it. */
export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'geres-spec-'));

/** For the tests of a file: what is opened in a test is closed after it, last opened first, and then the folders that it was given are removed. */
export function workplace() {
  const steps: (() => unknown)[] = [];
  afterEach(async () => {
    for (const step of steps.splice(0).reverse()) await step();
  });
  return {
    async folder(): Promise<string> {
      const folder = await temporaryFolder();
      steps.push(() => rm(folder, { recursive: true, force: true }));
      return folder;
    },
    async opened<T extends { close(): Promise<unknown> }>(opening: Promise<T>): Promise<T> {
      const one = await opening;
      steps.push(() => one.close());
      return one;
    },
    /** Is done after the test. */
    afterwards: (step: () => unknown): void => void steps.push(step),
  };
}
