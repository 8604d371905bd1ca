import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Asked } from './process.js';

/** Stands before the e-services of ANPR, passes everything on as it is, and remembers every operation that came: the simulator remembers those of its web services alone. */
export interface Relay {
  readonly url: string;
  /** By operation id. */
  asked(): ReadonlyMap<string, Asked>;
  end(): Promise<void>;
}

interface Seen {
  times: number;
  readonly bodies: Set<string>;
  outcome: string;
}

export async function startRelay(to: string): Promise<Relay> {
  const operations = new Map<string, Seen>();
  const server = createServer((incoming, reply) => void passOn(incoming, reply).catch(() => reply.destroy()));

  async function passOn(incoming: IncomingMessage, reply: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const seen = incoming.url?.endsWith('/anpr-service-e002') ? note(body) : undefined;
    const onwards = request(new URL(incoming.url ?? '/', to), { method: incoming.method ?? 'GET', headers: { ...incoming.headers, host: new URL(to).host }, agent: false });
    onwards.end(body);
    const [answer] = (await once(onwards, 'response')) as [IncomingMessage];
    if (seen) seen.outcome = String(answer.statusCode);
    reply.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(reply);
  }

  function note(body: Buffer): Seen {
    const { idOperazioneClient: id } = JSON.parse(body.toString('utf8')) as { readonly idOperazioneClient: string };
    const seen = operations.get(id) ?? { times: 0, bodies: new Set<string>(), outcome: '' };
    operations.set(id, seen);
    seen.times += 1;
    // Whom it was about is not kept.
    seen.bodies.add(createHash('sha256').update(body).digest('hex'));
    return seen;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked: () => new Map([...operations].map(([id, { times, bodies, outcome }]) => [id, { idOperazioneComune: id, volte: times, domandeDiverse: bodies.size > 1, esito: outcome }])),
    async end() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
