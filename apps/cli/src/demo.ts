import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { wrongUse } from './outcome.js';

/** What of `demo.json` spares typing. */
const Demo = z.object({
  baseUrl: z.url(),
  token: z.string(),
  comuni: z.array(z.object({ codiceCatastale: z.string(), codiceIstat: z.string() })),
  utenti: z.array(z.object({ username: z.string(), ruolo: z.string(), comune: z.string().nullish(), ente: z.string().nullish() })),
  applicazioni: z.array(z.object({ clientId: z.string(), chiave: z.string(), ente: z.string() })),
});
export type Demo = z.infer<typeof Demo>;

/** The demo of an installation of environment `test`; `undefined` where there is none. */
export async function readDemo(folder: string): Promise<Demo | undefined> {
  const file = join(folder, 'demo.json');
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return Demo.parse(JSON.parse(text));
  } catch {
    throw wrongUse(`${file} non ha la forma attesa`);
  }
}
