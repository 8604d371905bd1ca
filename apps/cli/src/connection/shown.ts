import type { Connessione } from '@geres/contracts';
import type { Given } from '../program.js';
import { reachConnection, type ConnectionAdmin, type ConnectionOptions } from './admin.js';
import { connectionInWords } from './words.js';

/** Does something with a connection and shows what it is then. */
export async function shown(options: ConnectionOptions, given: Given, act: (admin: ConnectionAdmin) => Promise<unknown>): Promise<void> {
  const json = await act(await reachConnection(options, given));
  given.terminal.print(options.json ? JSON.stringify(json, null, 2) : connectionInWords(json as Connessione));
}
