import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openIssuer, type Issuer } from '../testing/issuer.js';
import { IssuerUnreachable, remoteJwks } from './jwks.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function issuing(): Promise<Issuer> {
  const issuer = await openIssuer();
  closing.push(() => issuer.close());
  return issuer;
}

async function answering(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer!);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => (server.closeAllConnections(), server.close()));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
}

describe('the keys of the issuer', () => {
  it('are fetched when first needed, and not again for a key that is known', async () => {
    const issuer = await issuing();
    const jwks = remoteJwks(() => issuer.jwksUrl);
    expect(issuer.asked).toBe(0);
    expect((await jwks.key('k1'))?.asymmetricKeyType).toBe('ec');
    await jwks.key('k1');
    expect(issuer.asked).toBe(1);
  });

  it('are fetched again for a new key', async () => {
    const issuer = await issuing();
    const jwks = remoteJwks(() => issuer.jwksUrl, { cooldownMs: 0 });
    await jwks.key('k1');
    await issuer.turnOver('k2');
    expect(await jwks.key('k2')).toBeDefined();
    expect(await jwks.key('k1')).toBeDefined();
    expect(issuer.asked).toBe(2);
  });

  it('are not fetched again and again for keys that nobody has', async () => {
    const issuer = await issuing();
    const jwks = remoteJwks(() => issuer.jwksUrl, { cooldownMs: 60_000 });
    for (const kid of ['x', 'y', 'z']) expect(await jwks.key(kid)).toBeUndefined();
    expect(issuer.asked).toBe(1);
  });

  it('that were withdrawn are not accepted for longer than is said', async () => {
    const issuer = await issuing();
    const jwks = remoteJwks(() => issuer.jwksUrl, { cooldownMs: 0, maxAgeMs: 0 });
    expect(await jwks.key('k1')).toBeDefined();
    issuer.withdraw('k1');
    expect(await jwks.key('k1')).toBeUndefined();
  });

  it.each<[string, () => Promise<string>]>([
    ['is not there', () => Promise.resolve('http://127.0.0.1:1/jwks')],
    ['does not answer in time', () => answering(() => undefined)],
    ['fails', () => answering((_, response) => void response.writeHead(500).end())],
    ['says something else', () => answering((_, response) => void response.end('<html>'))],
  ])('cannot be had where it %s: that is no fault of the token', async (_, url) => {
    const address = await url();
    await expect(remoteJwks(() => address, { timeoutMs: 200 }).key('k1')).rejects.toBeInstanceOf(IssuerUnreachable);
  });

  it('are had as soon as it is there again', async () => {
    const issuer = await issuing();
    let there = false;
    const published = await (await fetch(issuer.jwksUrl)).text();
    const url = await answering((_, response) => void (there ? response.end(published) : response.writeHead(503).end()));
    const jwks = remoteJwks(() => url);
    await expect(jwks.key('k1')).rejects.toBeInstanceOf(IssuerUnreachable);
    there = true;
    expect(await jwks.key('k1')).toBeDefined();
  });
});
