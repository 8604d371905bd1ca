import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { correlationOf, CORRELATION_HEADER } from './correlation.js';
import { documentOf, problemOfStatus } from './problem-document.js';

const TYPE = 'application/problem+json; charset=utf-8';

/** What Node refuses before it is a request: the connection is told why, in the same form as everything else, and closed. */
export function refuseBelowHttp(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, body } = told(error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400);
  socket.end(`HTTP/1.1 ${status} \r\nContent-Type: ${TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n${body}`, () => socket.destroy());
}

/** Node answers an `Expect` that it does not know by itself, with an empty 417. */
export function refuseExpectations(server: Server): void {
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const { status, body, correlationId } = told(417, request.headers[CORRELATION_HEADER]);
    response.writeHead(status, { 'content-type': TYPE, 'cache-control': 'no-store', connection: 'close', [CORRELATION_HEADER]: correlationId }).end(body);
  });
}

function told(status: number, correlation?: string | readonly string[]): { readonly status: number; readonly body: string; readonly correlationId: string } {
  const correlationId = correlationOf(correlation);
  return { status, body: JSON.stringify(documentOf(problemOfStatus(status), correlationId)), correlationId };
}
