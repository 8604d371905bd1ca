import { readFile } from 'node:fs/promises';
import type { Demo } from '../demo.js';
import { wrongUse } from '../outcome.js';
import { pathOf } from '../settings.js';

export interface SignerOptions {
  /** `client_id`. */
  readonly client?: string;
  /** File of its private key, PEM. */
  readonly key?: string;
  /** Id of that key, where it was registered under another name than its thumbprint. */
  readonly kid?: string;
  /** Login of the operator. */
  readonly utente?: string;
}

/** An application that vouches for an operator. */
export interface Signer {
  readonly client: string;
  readonly pem: string;
  readonly user: string;
  readonly kid?: string;
}

/** Who signs: what was asked for, completed from the demo; `comune`: where the operator must be able to ask. Errors: `Ended` (wrong use). */
export async function signerOf({ client, key, kid, utente }: SignerOptions, demo: Demo | undefined, comune?: string): Promise<Signer> {
  if (key !== undefined && client === undefined) throw wrongUse('con --key serve anche --client, l’identificativo dell’applicazione');
  if (key !== undefined && utente === undefined) throw wrongUse('con --key serve anche --utente, il nome utente dell’operatore');
  if (key !== undefined) return { client: client!, pem: await readFile(pathOf(key), 'utf8'), user: utente!, ...(kid === undefined ? {} : { kid }) };
  if (!demo) throw wrongUse('qui non c’è un’installazione dimostrativa (demo.json): servono --client, --key e --utente');
  const operators = demo.utenti.filter(({ ruolo }) => ruolo === 'AUTORIZZATO');
  const ofClient = demo.applicazioni.find(({ clientId }) => clientId === client);
  if (client !== undefined && !ofClient) throw wrongUse(`${client} non è fra le applicazioni di demo.json: serve la sua chiave con --key`);
  if (utente !== undefined && client === undefined && !operators.some(({ username }) => username === utente)) throw wrongUse(`${utente} non è fra gli operatori di demo.json: indicare anche --client`);
  const operator = utente === undefined ? operators.find((one) => (ofClient === undefined || one.ente === ofClient.ente) && (comune === undefined || one.comune === comune)) : operators.find(({ username }) => username === utente);
  const application = ofClient ?? demo.applicazioni.find(({ ente }) => ente === operator?.ente);
  const user = utente ?? operator?.username;
  if (user === undefined || !application) throw wrongUse('demo.json non ha un operatore e un’applicazione adatti: indicarli con --utente e --client');
  return { client: application.clientId, pem: await readFile(application.chiave, 'utf8'), user };
}
