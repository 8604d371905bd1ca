import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../ports.js';
import { openFront } from './front.js';

interface Told {
  readonly who: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const closing: (() => unknown)[] = [];

async function service(who: string): Promise<number> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (text: Buffer) => void (body += text.toString()));
    request.on('end', () => response.setHeader('location', '/altrove').end(JSON.stringify({ who, url: request.url, headers: request.headers, body })));
  });
  await new Promise<void>((listening) => void server.listen(0, '127.0.0.1', listening));
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

let origin: string;
const ask = async (path: string, init: RequestInit = {}): Promise<Told> => (await (await fetch(`${origin}${path}`, init)).json()) as Told;

beforeAll(async () => {
  const [gateways, admin, monitoring] = [[await service('gateway 1'), await service('gateway 2')], await service('admin'), await service('monitoring')];
  const listening = { host: '127.0.0.1', port: await freePort({ host: '127.0.0.1', port: 0, settings: { host: 'GERES_HOST', port: 'GERES_PORT' } }) };
  const front = await openFront({ gateways, admin, monitoring }, listening);
  closing.unshift(() => front.close());
  origin = `http://127.0.0.1:${listening.port}`;
});
afterAll(async () => {
  for (const close of closing) await close();
});

describe('one origin in front of the services', () => {
  it.each([
    ['/amministrazione/v1/enti', 'admin'],
    ['/oidc/test/.well-known/openid-configuration', 'admin'],
    ['/monitoraggio/v1/richieste?comune=H501', 'monitoring'],
  ])('brings %s to whoever serves it, as it is', async (path, who) => {
    expect(await ask(path)).toMatchObject({ who, url: path });
  });

  it('brings requests to the gateways in turn', async () => {
    const whos = [];
    for (let n = 0; n < 4; n++) whos.push((await ask('/api/v1/abilitazioni')).who);
    expect(new Set(whos)).toEqual(new Set(['gateway 1', 'gateway 2']));
    expect(whos.slice(0, 2)).toEqual(whos.slice(2));
  });

  it('passes on the body, the host that was asked and who asks, not what the caller says of it', async () => {
    const told = await ask('/api/v1/x', { method: 'POST', body: '{"a":1}', headers: { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.9' } });
    expect(told.body).toBe('{"a":1}');
    expect(told.headers).toMatchObject({ host: origin.slice('http://'.length), 'x-forwarded-for': '127.0.0.1' });
  });

  it('serves nothing else', async () => {
    expect((await fetch(`${origin}/metrics`)).status).toBe(404);
  });
});
