import { readdir } from 'node:fs/promises';
import { wrongUse } from '../outcome.js';

/** What an interrupted attempt, or an opened lock, leaves behind is not content. */
const LEFT_BEHIND = /^(?:lock(?:$|[.-])|\.in-preparazione$)/;

/** Errors: `Ended` (wrong use) for a folder with something in it. `what`: its name in words. */
export async function refuseContent(folder: string, what: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.some((name) => !LEFT_BEHIND.test(name))) throw wrongUse(`${what} ${folder} non è vuota: indicarne una vuota o nuova`);
}
