import { createHash, generateKeyPairSync, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { calculateJwkThumbprint, compactVerify, decodeJwt, exportJWK, importJWK, jwtVerify, SignJWT, type JWK } from 'jose';
import { heldKey } from '../custody/held.js';
import { SEGMENT, type CasoUso } from '../protocol/pdnd/index.js';
import { anprServer, type AnprServer, type Asked } from './anpr-server.js';
import { ASSERTION_AUDIENCE, audienceOf, CLIENT, ISSUER } from './pdnd-settings.js';

export { audienceOf, CLIENT, purposeOf } from './pdnd-settings.js';

/** One pair of keys for every spec of a file: to make them takes longer than most of them. */
const OURS = generateKeyPairSync('rsa', { modulusLength: 2048 });
const THEIRS = generateKeyPairSync('rsa', { modulusLength: 2048 });
const STRANGER = generateKeyPairSync('rsa', { modulusLength: 2048 });

export const signer = heldKey(OURS.privateKey, []);

export interface Reply {
  readonly status?: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One call that an e-service took, after its tokens were checked. */
export interface ServedCall {
  readonly casoUso: CasoUso;
  readonly body: { readonly idOperazioneClient: string; readonly criteriRicerca: Readonly<Record<string, unknown>> } & Readonly<Record<string, unknown>>;
  readonly raw: string;
  readonly headers: Asked['headers'];
  readonly user: unknown;
  readonly jti: unknown;
  readonly evidence: string;
}

/** PDND and the e-services of ANPR at the other end of a real connection; they check what they are sent with an implementation that is not ours. */
export interface PdndServer {
  readonly server: AnprServer;
  readonly origin: string;
  /** Calls that passed the checks, in order. */
  readonly calls: readonly ServedCall[];
  /** Assertions that the token endpoint took, in order. */
  readonly assertions: readonly Readonly<Record<string, unknown>>[];
  /** What was wrong with the first thing that was refused. */
  readonly faults: readonly string[];
  now: Date;
  /** Answers of the e-services. */
  answer: (call: ServedCall, attempt: number) => Reply | 'cut' | 'nothing' | Promise<Reply>;
  /** What the token endpoint does in the place of giving a voucher. */
  token: (attempt: number) => Reply | 'cut' | undefined;
  /** Claims of vouchers that differ from those of a good one. */
  claims: Readonly<Record<string, unknown>>;
  /** Vouchers are signed by a key that is not PDND's. */
  forged: boolean;
  /** Vouchers of before are refused from now on. */
  revoked: Set<string>;
  close(): Promise<void>;
}

export async function pdndServer(now: Date): Promise<PdndServer> {
  const calls: ServedCall[] = [];
  const assertions: Record<string, unknown>[] = [];
  const faults: string[] = [];
  let asked = 0;
  let tokens = 0;
  const server = await anprServer((reply, one) => void serve(reply, one));
  const origin = new URL(server.url).origin;
  const theirs = { ...(await exportJWK(THEIRS.publicKey)), kid: 'pdnd', alg: 'RS256', use: 'sig' };

  async function serve(reply: ServerResponse, one: Asked): Promise<void> {
    try {
      if (one.url === '/.well-known/jwks.json') return send(reply, { body: { keys: [theirs] } });
      const answered = one.url === '/token.oauth2' ? await token(one) : await eService(one);
      if (answered === 'nothing') return;
      if (answered === 'cut') return void one.socket.destroy();
      send(reply, answered);
    } catch (error) {
      faults.push(String(error));
      send(reply, { status: 400, body: { title: 'InteroperabilityInvalidRequest', govway_id: randomUUID() } });
    }
  }

  const verified = async (token: string, audience: string) => (await jwtVerify(token, OURS.publicKey, { algorithms: ['RS256'], currentDate: made.now, audience })).payload;

  async function token(one: Asked): Promise<Reply | 'cut'> {
    const instead = made.token(++tokens);
    if (instead) return instead;
    const form = new URLSearchParams(one.body);
    const claims = await verified(form.get('client_assertion') ?? '', ASSERTION_AUDIENCE);
    must(one.headers['content-type'] === 'application/x-www-form-urlencoded', 'content type of the form');
    must(form.get('grant_type') === 'client_credentials' && form.get('client_assertion_type') === 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', 'grant');
    must(Object.keys(claims).sort().join() === 'aud,digest,exp,iat,iss,jti,purposeId,sub', 'claims of an assertion in strict mode');
    must(!assertions.some(({ jti }) => jti === claims.jti), 'assertion used twice');
    assertions.push(claims);
    const casoUso = `C${String(claims['purposeId']).slice(-3)}` as CasoUso;
    const proof = one.headers['dpop'];
    const cnf = typeof proof === 'string' ? { cnf: { jkt: await dpop(proof, 'POST', `${origin}/token.oauth2`) } } : {};
    const iat = Math.floor(made.now.getTime() / 1000);
    const good = { iss: ISSUER, aud: audienceOf(casoUso), client_id: CLIENT, sub: CLIENT, purposeId: claims['purposeId'], digest: claims['digest'], jti: randomUUID(), iat, nbf: iat, exp: iat + 600, ...cnf };
    const voucher = await new SignJWT({ ...good, ...made.claims }).setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: 'pdnd' }).sign((made.forged ? STRANGER : THEIRS).privateKey);
    return { body: { access_token: voucher, token_type: proof ? 'DPoP' : 'Bearer', expires_in: 600 } };
  }

  async function dpop(proof: string, htm: string, htu: string, ath?: string): Promise<string> {
    const { jwk } = JSON.parse(Buffer.from(proof.split('.')[0]!, 'base64url').toString()) as { readonly jwk: JWK };
    const { payload, protectedHeader } = await compactVerify(proof, await importJWK(jwk, 'RS256'));
    must(protectedHeader.typ === 'dpop+jwt', 'typ of a proof');
    const said = JSON.parse(new TextDecoder().decode(payload)) as Readonly<Record<string, unknown>>;
    must(said['htm'] === htm && said['htu'] === htu && said['ath'] === ath, 'proof for another request');
    return calculateJwkThumbprint(jwk);
  }

  async function eService(one: Asked): Promise<Reply | 'cut' | 'nothing'> {
    const casoUso = (Object.keys(SEGMENT) as CasoUso[]).find((code) => one.url.includes(SEGMENT[code]))!;
    const { authorization = '', digest, 'agid-jwt-signature': signature, 'agid-jwt-trackingevidence': evidence, 'content-type': type } = one.headers;
    const [scheme, voucher = ''] = authorization.split(' ');
    if (made.revoked.has(voucher)) return { status: 401, body: { title: 'TokenExpired', govway_id: randomUUID() } };
    const granted = decodeJwt(voucher);
    if (scheme === 'DPoP') must((await dpop(String(one.headers['dpop']), 'POST', `${origin}${one.url}`, createHash('sha256').update(voucher).digest('base64url'))) === (granted['cnf'] as { jkt: string }).jkt, 'proof of another key');
    const hash = `SHA-256=${createHash('sha256').update(one.bytes).digest('base64')}`;
    const signed = await verified(String(signature), audienceOf(casoUso));
    const tracked = await verified(String(evidence), audienceOf(casoUso));
    must(digest === hash, 'digest of the body');
    must(type === 'application/json', 'a charset was added');
    must(JSON.stringify(signed['signed_headers']) === JSON.stringify([{ digest: hash }, { 'content-type': type }]), 'signed headers');
    must((granted['digest'] as { value: string }).value === createHash('sha256').update(String(evidence)).digest('hex'), 'evidence of another voucher');
    must(tracked['purposeId'] === granted['purposeId'], 'purpose');
    must([tracked['userID'], tracked['userLocation'], tracked['LoA']].every((said) => typeof said === 'string' && said.length <= 20), 'who asks');
    must(!calls.some(({ jti }) => jti === signed.jti), 'signature used twice');
    const call = { casoUso, body: JSON.parse(one.body) as ServedCall['body'], raw: one.body, headers: one.headers, user: tracked['userID'], jti: signed.jti, evidence: String(evidence) };
    calls.push(call);
    return made.answer(call, ++asked);
  }

  const must = (holds: boolean, what: string): void => {
    if (!holds) throw new Error(what);
  };
  const send = (reply: ServerResponse, { status = 200, body, headers = {} }: Reply): void =>
    void reply.writeHead(status, { 'content-type': 'application/json', ...headers }).end(typeof body === 'string' ? body : JSON.stringify(body));

  const made: PdndServer = { server, origin, calls, assertions, faults, now, answer: () => ({ status: 500, body: '' }), token: () => undefined, claims: {}, forged: false, revoked: new Set(), close: () => server.close() };
  return made;
}
