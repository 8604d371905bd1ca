import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Node } from './node.js';
import type { StandIn } from './stand-in.js';

/** What can be asked of a running stand-in, for people: a line each. */
export const CONTROLS = `POST /stall                 non risponde più; le connessioni restano
POST /deafen                le sottoscrizioni tacciono, le scritture riescono
POST /leave                 rifiuta tutto (UNAVAILABLE) e chiude le sottoscrizioni
POST /recover               torna a funzionare
POST /drop                  chiude le sottoscrizioni in corso
POST /mute                  le sottoscrizioni in corso tacciono per sempre; le nuove no
POST /lose?count=1&how=cut  perde le prossime risposte alle scritture, che riescono: how=cut (connessione caduta) o how=silent
POST /lead?node=1           un altro nodo diventa leader
POST /scavenge              elimina gli eventi che i metadati nascondono
GET  /status                lo stato di ogni nodo
?node=N limita a un nodo tutti gli altri guasti (il primo è 0)`;

type Action = (standIn: StandIn, nodes: readonly Node[], asked: URLSearchParams) => unknown;

const ACTIONS: Readonly<Record<string, Action>> = {
  'POST /stall': (_, nodes) => nodes.forEach((node) => node.stall()),
  'POST /deafen': (_, nodes) => nodes.forEach((node) => node.deafen()),
  'POST /leave': (_, nodes) => nodes.forEach((node) => node.leave()),
  'POST /recover': (_, nodes) => nodes.forEach((node) => node.recover()),
  'POST /drop': (_, nodes) => nodes.forEach((node) => node.drop()),
  'POST /mute': (_, nodes) => nodes.forEach((node) => node.mute()),
  'POST /lose': (_, nodes, asked) => nodes.forEach((node) => node.loseReplies(Number(asked.get('count') ?? 1), asked.get('how') === 'silent' ? 'silent' : 'cut')),
  'POST /lead': (standIn, _, asked) => standIn.lead(Number(asked.get('node') ?? 0)),
  'POST /scavenge': (standIn) => ({ removed: standIn.scavenge() }),
  'GET /status': () => undefined,
};

/** Faults on demand over HTTP, on this machine alone. Resolves to where it listens. */
export async function openControl(standIn: StandIn, port: number): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { code, body } = answer(standIn, request);
    response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
  });
  await listening(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

function answer(standIn: StandIn, { method = '', url = '' }: IncomingMessage): { readonly code: number; readonly body: unknown } {
  const { pathname, searchParams } = new URL(url, 'http://127.0.0.1');
  const action = ACTIONS[`${method} ${pathname}`];
  if (!action) return { code: 404, body: { standIn: true, known: Object.keys(ACTIONS) } };
  const asked = searchParams.get('node');
  const nodes = asked === null ? standIn.nodes : standIn.nodes.slice(Number(asked), Number(asked) + 1);
  try {
    const result = action(standIn, nodes, searchParams);
    return { code: 200, body: { standIn: true, nodes: standIn.nodes.map(({ port, state }) => ({ port, ...state })), ...(result as object | undefined) } };
  } catch (error) {
    return { code: 400, body: { standIn: true, error: (error as Error).message } };
  }
}

const listening = (server: Server, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
