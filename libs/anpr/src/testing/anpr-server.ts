import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
  readonly socket: Socket;
  /** Tells one socket from another. */
  readonly port: number;
}

/** Answers the `attempt`-th question (from 1) as a spec says; it may also not answer, or cut the connection. */
export type Answering = (reply: ServerResponse, asked: Asked, attempt: number) => void;

export interface AnprServer {
  readonly url: string;
  readonly asked: readonly Asked[];
  /** Resolves once so many questions have arrived. */
  arrived(count: number): Promise<void>;
  close(): Promise<void>;
}

/** Somebody at the other end of a real connection, over TLS where certificates are given. */
export async function anprServer(answering: Answering, tls?: ServerOptions): Promise<AnprServer> {
  const asked: Asked[] = [];
  const listener = (request: IncomingMessage, reply: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const bytes = Buffer.concat(chunks);
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: bytes.toString('utf8'), bytes, socket: request.socket, port: request.socket.remotePort ?? 0 };
      asked.push(one);
      server.emit('asked');
      answering(reply, one, asked.length);
    });
    request.on('error', () => undefined);
  };
  const server = tls ? createTlsServer(tls, listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${String((server.address() as AddressInfo).port)}/ANPR3000ServiziConsultazione/AnprService3000`,
    asked,
    async arrived(count) {
      while (asked.length < count) await once(server, 'asked');
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Answers with a SOAP document. */
export const says =
  (xml: string | Buffer, { status = 200, type = 'text/xml; charset=UTF-8', headers = {} }: { readonly status?: number; readonly type?: string; readonly headers?: Record<string, string> } = {}): Answering =>
  (reply) =>
    void reply.writeHead(status, { 'content-type': type, ...headers }).end(xml);
