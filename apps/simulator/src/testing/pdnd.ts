import { createHash, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, SignJWT, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { audienceOf, SERVICES, type CasoUso } from '../pdnd/catalogue.js';

/** A fruitore as PDND knows it, with the key that nobody else has. */
export interface Fruitore {
  readonly url: string;
  readonly clientId: string;
  readonly kid: string;
  readonly key: KeyObject;
  readonly purposes: Readonly<Partial<Record<CasoUso, string>>>;
}

export const control = (url: string, method: string, path: string, body?: unknown): Promise<Response> => fetch(`${url}/controllo/${path}`, { method, ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }) });

/** Registers a client with a new key and one purpose for each e-service, under `prefix` for a vendor of its own. */
export async function fruitore(url: string, services: readonly CasoUso[], prefix = '', clientId: string = randomUUID()): Promise<Fruitore> {
  const { publicKey, privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = await calculateJwkThumbprint(await exportJWK(publicKey));
  const registered = await control(url, 'POST', `${prefix}pdnd/chiavi`, { clientId, chiave: publicKey.export({ type: 'spki', format: 'pem' }) });
  if (registered.status !== 201) throw new Error(await registered.text());
  const purposes: Partial<Record<CasoUso, string>> = {};
  for (const casoUso of services) {
    const purposeId = randomUUID();
    const answer = await control(url, 'PUT', `${prefix}pdnd/finalita`, { purposeId, clientId, casoUso });
    if (!answer.ok) throw new Error(await answer.text());
    purposes[casoUso] = purposeId;
  }
  return { url, clientId, kid, key, purposes };
}

type Change = Readonly<Record<string, unknown>>;

/** `undefined` in a change takes a claim away. */
export function jws(payload: Change, { kid, key }: Pick<Fruitore, 'kid' | 'key'>, header: Change = {}): Promise<string> {
  const present = (values: Change): Record<string, unknown> => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
  return new SignJWT(present(payload) as JWTPayload).setProtectedHeader(present({ alg: 'RS256', kid, typ: 'JWT', ...header }) as JWTHeaderParameters).sign(key);
}

export function evidence(who: Fruitore, casoUso: CasoUso, now: number, change: Change = {}, header: Change = {}): Promise<string> {
  const iat = Math.floor(now / 1_000);
  return jws({ iss: who.clientId, aud: audienceOf(casoUso), iat, exp: iat + 600, jti: randomUUID(), purposeId: who.purposes[casoUso], userID: 'op-0042', userLocation: 'sportello-07', LoA: 'LoA2', ...change }, who, header);
}

export const sha256hex = (text: string): string => createHash('sha256').update(text).digest('hex');

export function assertion(who: Fruitore, casoUso: CasoUso, now: number, tracking: string, change: Change = {}, header: Change = {}): Promise<string> {
  const iat = Math.floor(now / 1_000);
  const claims = { iss: who.clientId, sub: who.clientId, aud: 'auth.uat.interop.pagopa.it/client-assertion', jti: randomUUID(), iat, exp: iat + 120, purposeId: who.purposes[casoUso], digest: { alg: 'SHA256', value: sha256hex(tracking) } };
  return jws({ ...claims, ...change }, who, header);
}

export function requestToken(who: Fruitore, clientAssertion: string, change: Readonly<Record<string, string>> = {}): Promise<Response> {
  const form = new URLSearchParams({ client_id: who.clientId, client_assertion: clientAssertion, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', grant_type: 'client_credentials', ...change });
  return fetch(`${who.url}/token.oauth2`, { method: 'POST', body: form });
}

export interface Prepared {
  readonly tracking: string;
  readonly voucher: string;
}

export async function prepared(who: Fruitore, casoUso: CasoUso, now: number, change: { readonly tracking?: Change; readonly trackingHeader?: Change; readonly assertion?: Change } = {}): Promise<Prepared> {
  const tracking = await evidence(who, casoUso, now, change.tracking, change.trackingHeader);
  const response = await requestToken(who, await assertion(who, casoUso, now, tracking, change.assertion));
  const { access_token: voucher } = (await response.json()) as { access_token?: string };
  if (voucher === undefined) throw new Error(`no voucher: ${String(response.status)}`);
  return { tracking, voucher };
}

export interface CallChange {
  readonly body?: string;
  readonly signature?: Change;
  readonly signatureHeader?: Change;
  readonly signer?: Pick<Fruitore, 'kid' | 'key'>;
  /** `undefined` takes a header away. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly path?: string;
}

export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

let ids = 0;
export function body(casoUso: CasoUso, criteriRicerca: Change, more: Change = {}, verifica?: Change): string {
  ids += 1;
  return JSON.stringify({ idOperazioneClient: String(ids), criteriRicerca, ...(verifica === undefined ? {} : { verifica }), datiRichiesta: { dataRiferimentoRichiesta: '2026-03-10', motivoRichiesta: 'PRATICA-0001-2026', casoUso, ...more } });
}

/** One call to an e-service, right but for `change`. */
export async function send(who: Fruitore, casoUso: CasoUso, { tracking, voucher }: Prepared, now: number, text: string, change: CallChange = {}): Promise<CallAnswer> {
  const sent = change.body ?? text;
  const digest = `SHA-256=${createHash('sha256').update(text).digest('base64')}`;
  const iat = Math.floor(now / 1_000);
  const claims = { iss: who.clientId, sub: who.clientId, aud: audienceOf(casoUso), iat, exp: iat + 300, jti: randomUUID(), signed_headers: [{ digest }, { 'content-type': 'application/json' }] };
  const signature = await jws({ ...claims, ...change.signature }, change.signer ?? who, change.signatureHeader);
  const headers = { authorization: `Bearer ${voucher}`, 'agid-jwt-trackingevidence': tracking, 'agid-jwt-signature': signature, digest, 'content-type': 'application/json', accept: 'application/json', ...change.headers };
  const response = await fetch(who.url + (change.path ?? `/govway/rest/in/MinInternoPortaANPR-PDND/${SERVICES[casoUso]}/v1/anpr-service-e002`), { method: 'POST', headers: Object.fromEntries(Object.entries(headers).filter((one): one is [string, string] => one[1] !== undefined)), body: sent });
  const answer = await response.text();
  const parsed = response.headers.get('content-type')?.includes('json') === true ? (JSON.parse(answer) as Record<string, unknown>) : {};
  return { status: response.status, headers: response.headers, text: answer, json: parsed };
}

export async function causes(url: string, id: unknown): Promise<readonly string[]> {
  const { cause = [] } = (await (await fetch(`${url}/__sim/diagnostics/${String(id)}`)).json()) as { cause?: readonly { codice: string }[] };
  return cause.map(({ codice }) => codice);
}

