import { Channel, CodiceCatastale } from '@geres/contracts';
import { Option, type Command } from 'commander';
import { adminToken } from '../access/access.js';
import { addressOf, withAddress, type AddressOptions } from '../address.js';
import { readDemo } from '../demo.js';
import { refused, wrongUse } from '../outcome.js';
import { problemIn } from '../problem.js';
import type { Given } from '../program.js';
import { jsonOf, reach } from '../reach.js';
import { dataFolderOf, type DataOption } from '../settings.js';

export interface ConnectionOptions extends AddressOptions, DataOption {
  readonly comune: string;
  readonly canale: Channel;
  readonly versione?: string;
  readonly json?: boolean;
}

/** Options of every command about one connection; `writes`: it may be bound to a version. */
export function withConnection(command: Command, { writes = false }: { readonly writes?: boolean } = {}): Command {
  command.requiredOption('--comune <codice>', 'codice catastale del Comune').addOption(new Option('--canale <nome>', 'canale verso ANPR').choices([...Channel.options]).default('ws'));
  if (writes) command.option('--versione <numero>', 'versione della connessione che si crede attuale: se è un’altra, non si fa nulla');
  return withAddress(command.option('--json', 'scrive la risposta di GeRes in JSON'));
}

/** The administration API of one connection, for who has signed in. */
export interface ConnectionAdmin {
  readonly comune: string;
  readonly channel: Channel;
  /** `path` below the connection. Errors: `Ended`, with the problem in words. */
  call(method: string, path: string, body?: object): Promise<unknown>;
}

/** Errors: `Ended`. */
export async function reachConnection(options: ConnectionOptions, { terminal, signal }: Given): Promise<ConnectionAdmin> {
  const comune = CodiceCatastale.safeParse(options.comune.toUpperCase());
  if (!comune.success) throw wrongUse('--comune: il codice catastale, una lettera e tre cifre (H501)');
  const { canale: channel, versione } = options;
  if (versione !== undefined && !/^\d{1,9}$/.test(versione)) throw wrongUse('--versione: un numero');
  const address = addressOf(options, await readDemo(dataFolderOf(options)));
  const token = await adminToken({ ...address, signal }, terminal);
  const base = `${address.url}/amministrazione/v1/comuni/${comune.data}/connessioni/${channel}`;
  return {
    comune: comune.data,
    channel,
    async call(method, path, body) {
      const headers = {
        authorization: `Bearer ${token}`,
        accept: 'application/json, application/problem+json',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(versione === undefined || method === 'GET' ? {} : { 'if-match': `"${versione}"` }),
      };
      const response = await reach(`${base}${path}`, { method, headers, signal, ...(body ? { body: JSON.stringify(body) } : {}) });
      const json = await jsonOf(response);
      if (!response.ok) throw refused(problemIn(json, response.status));
      return json;
    },
  };
}
