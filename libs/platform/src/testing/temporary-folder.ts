import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An empty folder for one test; whoever asks for it removes it. */
export const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'geres-spec-'));
