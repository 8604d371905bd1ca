import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { PdndProfile, PdndSettings } from '@geres/contracts';
import type { JWTVerifyGetKey } from 'jose';
import type { Dispatcher } from 'undici';
import { CONTENT_TYPE, departureFault, digestHeader, dpopProof, integritySignature, parseRispostaE002, rateLimitOf, refusalOf, type CasoUso, type Evidenced, type RateLimit, type RispostaE002 } from '../../protocol/pdnd/index.js';
import { RispostaIllegibile } from '../../protocol/soap/index.js';
import { CannotSign } from '../../protocol/wss/index.js';
import { RETRY_MS } from '../post.js';
import { exchange, failed, type Exchanged, type Failed } from './exchange.js';
import type { Ledgers } from './ledgers.js';
import { proof, signed, type Signer } from './signer.js';
import { throttleOf } from './throttle.js';
import { Turns } from './turns.js';
import { obtain, type Grant } from './voucher-request.js';
import { Vouchers } from './vouchers.js';

/** One call to one e-service, its body ready. */
export interface Call {
  readonly casoUso: CasoUso;
  readonly settings: PdndSettings;
  readonly profile: PdndProfile;
  readonly signer: Signer;
  readonly who: Evidenced;
  readonly operationId: string;
  /** The very bytes that are hashed, signed and sent, each time. */
  readonly body: Buffer;
  readonly dispatcher: Dispatcher;
  readonly keys: JWTVerifyGetKey;
  /** Why a call may not start now; `undefined`: it may. */
  readonly forbidden: () => Failed | undefined;
  readonly signal: AbortSignal;
}

/** What came back. `trace`: ids under which ANPR's support finds the call. */
export type Called = { readonly kind: 'called'; readonly risposta: RispostaE002; readonly trace: string | undefined; readonly anprMs: number } | (Failed & { readonly anprMs?: number });

/** Asks e-services, with the vouchers, the quotas and the turns of every client of this process. */
export class EServices {
  private readonly vouchers = new Vouchers();
  private readonly turns = new Turns();

  constructor(
    private readonly clock: () => Date,
    private readonly ledgers: Ledgers,
  ) {}

  /** Once more at most, with the same id and the same body: where the transport failed, or ANPR took neither of our tokens. Never throws. */
  async call(call: Call): Promise<Called> {
    try {
      if (call.profile.regime === 'nuovo') return await this.twice(call);
      return (await this.turns.take(ofClient(call), call.operationId, () => this.twice(call))) ?? failed('anpr-non-disponibile', 'operazione-superata');
    } catch (error) {
      if (!(error instanceof CannotSign)) throw error;
      return failed('connessione-non-attiva', 'firma-non-riuscita');
    }
  }

  private async twice(call: Call): Promise<Called> {
    const first = await this.once(call);
    if (first.again === undefined || call.forbidden()) return first.called;
    if (first.again === 'transport') await pause(RETRY_MS);
    return (await this.once(call)).called;
  }

  private async once(call: Call): Promise<{ readonly called: Called; readonly again?: 'transport' | 'fresh' | undefined }> {
    const { settings, profile, signer, who, dispatcher, keys, body, signal } = call;
    const key = voucherKey(call);
    const grant = await this.vouchers.get(key, this.clock(), () => obtain({ settings, profile, signer, who, dispatcher, clock: this.clock }, keys));
    if (grant.kind === 'failed') return { called: grant };
    const digest = digestHeader(body);
    const signature = await signed(signer, integritySignature(who, { at: this.clock(), jti: randomUUID() }, digest));
    const fault = departureFault({ ...grant, signature, digest, body, now: this.clock() });
    if (fault !== undefined) {
      await this.vouchers.drop(key, grant);
      return { called: failed('connessione-non-attiva', fault) };
    }
    const headers = {
      ...(await this.authorization(call, grant)),
      'agid-jwt-trackingevidence': grant.evidence,
      'agid-jwt-signature': signature,
      digest,
      'content-type': CONTENT_TYPE,
      accept: CONTENT_TYPE,
    };
    const stop = call.forbidden() ?? (await this.spend(call));
    if (stop) return { called: stop };
    const started = performance.now();
    const exchanged = await exchange({ dispatcher, url: profile.url, headers, body, timeoutMs: settings.timeoutMs, signal });
    const anprMs = Math.round(performance.now() - started);
    if (exchanged.kind === 'lost') return { called: { ...exchanged.failed, anprMs }, again: exchanged.mayGoAgain ? 'transport' : undefined };
    return this.read(call, exchanged, grant, anprMs);
  }

  private async authorization({ profile, signer }: Call, { voucher }: Grant): Promise<Readonly<Record<string, string>>> {
    if (!profile.dpop) return { authorization: `Bearer ${voucher}` };
    const dpop = await proof(signer, dpopProof({ method: 'POST', url: profile.url }, { at: this.clock(), jti: randomUUID() }, voucher));
    return { authorization: `DPoP ${voucher}`, dpop };
  }

  /** Counts the call. When it is done nothing waits any more: what is allowed then is allowed when the call leaves. */
  private async spend(call: Call): Promise<Failed | undefined> {
    const client = ofClient(call);
    const at = this.clock();
    try {
      if (!(await this.ledgers.take(client, at, call.profile.dailyQuota))) return failed('quota-superata', `quota-del-giorno-${call.casoUso}`);
      const stop = call.forbidden();
      if (stop) await this.ledgers.giveBack(client, at);
      return stop;
    } catch {
      return failed('anpr-non-disponibile', 'chiamata-non-contata');
    }
  }

  /** What ANPR says of the quota. Where it cannot be written the answer counts more: ANPR says it again with the next one. */
  private async counted(call: Call, said: RateLimit | 'no more today' | undefined): Promise<void> {
    const client = ofClient(call);
    const at = this.clock();
    if (said === undefined) return;
    await (said === 'no more today' ? this.ledgers.close(client, at) : this.ledgers.reconcile(client, at, said)).catch(() => undefined);
  }

  private async read(call: Call, { status, header, body }: Extract<Exchanged, { kind: 'reply' }>, grant: Grant, anprMs: number) {
    await this.counted(call, rateLimitOf(header));
    const trace = ['govway-transaction-id', 'x-global-transaction-id'].map(header).find((id) => /^[0-9A-Za-z-]{1,64}$/.test(id ?? ''));
    const traced = { ...(trace === undefined ? {} : { anprOperationId: trace }), anprMs };
    if ((header('content-encoding') ?? 'identity') !== 'identity') return { called: { ...failed('anpr-non-disponibile', 'compressa'), ...traced } };
    let risposta: RispostaE002;
    try {
      risposta = parseRispostaE002(status, body);
    } catch (error) {
      if (!(error instanceof RispostaIllegibile)) throw error;
      return { called: { ...failed('anpr-non-disponibile', `illeggibile ${error.reason}`), ...traced } };
    }
    const { classe, detail = '' } = refusalOf(risposta) ?? {};
    if (classe === 'quota') await this.counted(call, 'no more today');
    if (classe === 'rallentamento') return { called: { ...failed('anpr-non-disponibile', detail), ...throttleOf(header, this.clock()), ...traced } };
    if (classe === 'sicurezza') await this.vouchers.drop(voucherKey(call), grant);
    const called: Called = { kind: 'called', risposta, trace, anprMs };
    return { called, again: classe === 'sicurezza' ? ('fresh' as const) : undefined };
  }
}

/** What ANPR counts, and orders, by. */
const ofClient = ({ settings, casoUso }: Call): string => `${settings.clientId}/${casoUso}`;
const voucherKey = ({ settings, profile, signer, who }: Call): string =>
  JSON.stringify([settings.tokenEndpoint, settings.clientId, profile.url, who.audience, who.purposeId, signer.kid, who.userId, who.userLocation, who.loa, profile.dpop]);
