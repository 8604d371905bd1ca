import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';

/** PDND's own keys: the newest signs vouchers, the older ones are still good for those that they signed. */
export interface Issuer {
  sign(payload: JWTPayload): Promise<string>;
  jwks(): Promise<readonly JWK[]>;
  key(kid: string): Promise<CryptoKey | undefined>;
  rotate(): Promise<void>;
}

interface Pair {
  readonly kid: string;
  readonly jwk: JWK;
  readonly publicKey: CryptoKey;
  readonly privateKey: CryptoKey;
}

export function issuer(): Issuer {
  let pairs: Promise<readonly [Pair, ...Pair[]]> | undefined;
  const all = (): Promise<readonly [Pair, ...Pair[]]> => (pairs ??= newPair().then((pair) => [pair]));
  return {
    async sign(payload) {
      const [{ kid, privateKey }] = await all();
      return new SignJWT(payload).setProtectedHeader({ alg: 'RS256', use: 'sig', typ: 'at+jwt', kid }).sign(privateKey);
    },
    jwks: async () => (await all()).map(({ jwk }) => jwk),
    key: async (kid) => (await all()).find((pair) => pair.kid === kid)?.publicKey,
    async rotate() {
      const before = await all();
      pairs = newPair().then((pair) => [pair, ...before]);
      await pairs;
    },
  };
}

async function newPair(): Promise<Pair> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { modulusLength: 2048 });
  const bare = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(bare);
  return { kid, jwk: { ...bare, kid, use: 'sig', alg: 'RS256' }, publicKey, privateKey };
}
