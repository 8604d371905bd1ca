import { JWT_BEARER } from '@geres/contracts';
import { claimsFor, serve, signed } from '../testing/served.js';
import { beforeEach, describe, expect, it } from 'vitest';
import { memoryWorld, type PortsOf } from '../testing/world.js';
import { OidcSecrets, PUBLISHED_AFTER_MS, PUBLISHED_BEFORE_MS, ROTATE_AFTER_MS } from './signing-keys.js';

describe('the keys that sign tokens', () => {
  let world: PortsOf;
  let secrets: OidcSecrets;
  const kids = async (): Promise<readonly string[]> => (await secrets.signing()).map(({ kid }) => kid);

  beforeEach(() => {
    world = memoryWorld();
    secrets = new OidcSecrets(world.durable, world.keys, world.clock);
  });

  it('are made once, also by processes that start together', async () => {
    const other = new OidcSecrets(world.durable, world.keys, world.clock);
    const [mine, theirs] = await Promise.all([secrets.signing(), other.signing()]);
    expect(mine).toHaveLength(1);
    expect(theirs).toEqual(mine);
    expect(await secrets.cookieKey()).toBe(await other.cookieKey());
  });

  it('turn over by themselves: published before they sign, and after they have signed', async () => {
    const [old] = await kids();
    world.advance(ROTATE_AFTER_MS + 1000);
    const announced = await kids();
    expect(announced).toHaveLength(2);
    expect(announced[0]).toBe(old);
    world.advance(PUBLISHED_BEFORE_MS);
    const next = announced[1]!;
    expect(await kids()).toEqual([next, old]);
    world.advance(PUBLISHED_AFTER_MS - 1000);
    expect(await kids()).toEqual([next, old]);
    world.advance(2000);
    expect(await kids()).toEqual([next]);
  });

  it('turn over once, however many ask', async () => {
    await secrets.signing();
    world.advance(ROTATE_AFTER_MS + 1000);
    const asked = await Promise.all(Array.from({ length: 5 }, () => kids()));
    expect(new Set(asked.flat()).size).toBe(2);
  });

  it('lie sealed', async () => {
    const [key] = await secrets.signing();
    const { rows } = await world.durable.collection({ name: 'oidc-secrets' }).find({ limit: 10 });
    expect(JSON.stringify(rows)).not.toContain(key!.d);
  });
});

it('the provider signs with the new key in its turn, without a restart, and still publishes the old one', async () => {
  const served = await serve();
  try {
    const kidOf = (token: string): string => (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
    const published = async (): Promise<readonly string[]> => ((await (await fetch(`${served.issuer}/jwks`)).json()) as { keys: { kid: string }[] }).keys.map(({ kid }) => kid);
    const signedWith = async (): Promise<string> => {
      const assertion = await signed(served, 'tributi-roma', claimsFor(served, 'tributi-roma', 'operatore.roma'));
      const response = await served.post('/token', { grant_type: JWT_BEARER, client_id: 'tributi-roma', assertion });
      return kidOf(((await response.json()) as { access_token: string }).access_token);
    };
    const old = await signedWith();
    served.world.advance(ROTATE_AFTER_MS + 1000);
    const next = (await published()).find((kid) => kid !== old)!;
    expect(await signedWith()).toBe(old);
    served.world.advance(PUBLISHED_BEFORE_MS + 1000);
    expect(await signedWith()).toBe(next);
    expect(await published()).toEqual([next, old]);
  } finally {
    await served.close();
  }
});
