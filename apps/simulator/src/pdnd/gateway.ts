import { randomUUID } from 'node:crypto';
import type { World } from '../world.js';
import { consult, type Answer } from './application.js';
import { checkModi, checkVoucher, type Call, type Refusal, type Voucher } from './modi.js';
import { PROBLEMS, problem, type Title } from './problems.js';
import { nextDay, type Quota, takeQuota } from './quota.js';
import { schemaProblem, type RequestE002 } from './request.js';

/** What goes back on the wire, when `delayMs` have passed. */
export interface GatewayReply {
  readonly delayMs: number;
  readonly answer: { readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, string>> } | 'drop' | 'silence';
}

type Purposes = Parameters<typeof checkVoucher>[2];

/** One call to an e-service; what its service has not answered in time GovWay answers itself. */
export async function call(received: Call, worldOf: (clientId: string) => World, purposeOf: Purposes, claimed: string): Promise<GatewayReply> {
  const reply = await reached(received, worldOf, purposeOf, claimed);
  const world = worldOf(claimed);
  const patienceMs = world.pdnd.knobs.attesaErogatoreMs;
  if (patienceMs === 0 || (reply.answer !== 'silence' && reply.delayMs <= patienceMs)) return reply;
  const govwayId = randomUUID();
  const { status, body } = problem('EndpointReadTimeout', govwayId);
  world.diagnostics.add('pdnd', '504 EndpointReadTimeout', [{ codice: 'BACKEND_TIMEOUT', atteso: `entro ${String(patienceMs)} ms` }], world.now(), govwayId);
  return { delayMs: patienceMs, answer: { status, body, headers: { 'govway-transaction-id': govwayId, 'cache-control': 'no-store', 'content-type': 'application/problem+json', 'govway-transaction-errortype': 'EndpointReadTimeout' } } };
}

/** In the order of GovWay and of what is behind it (pdnd.md §9.6). */
async function reached(received: Call, worldOf: (clientId: string) => World, purposeOf: Purposes, claimed: string): Promise<GatewayReply> {
  const world = worldOf(claimed);
  const govwayId = randomUUID();
  const headers = { 'govway-transaction-id': govwayId, 'cache-control': 'no-store' };
  const delayMs = world.disturbance.nextDelay(/"(?:codiceFiscale|idANPR)":"([^"]{1,16})"/.exec(received.body.toString('utf8'))?.[1]);
  const refuse = (refused: Refusal, more: Readonly<Record<string, string>> = {}): GatewayReply => {
    const title = refused.title as Title;
    const { codice, atteso, ricevuto } = refused;
    world.diagnostics.add('pdnd', `${String(PROBLEMS[title][0])} ${title}`, [{ codice, ...(atteso === undefined ? {} : { atteso }), ...(ricevuto === undefined ? {} : { ricevuto }) }], world.now(), govwayId);
    world.operations.count(`pdnd:${title}`);
    const { status, body } = problem(title, govwayId, title === 'InvalidRequestContent' ? `: ${ricevuto ?? ''}` : world.pdnd.knobs.erroriDettagliati ? ` [${codice}]` : '');
    const scheme = codice.startsWith('DPOP') ? 'DPoP' : 'Bearer';
    const challenge = status === 401 ? { 'www-authenticate': `${scheme} realm="PDND", error="${title === 'TokenAuthenticationRequired' ? 'invalid_request' : 'invalid_token'}"` } : {};
    return { delayMs, answer: { status, body, headers: { ...headers, ...challenge, ...more, 'content-type': 'application/problem+json', 'govway-transaction-errortype': title } } };
  };
  const checked = await checkVoucher(received, world, purposeOf);
  if ('codice' in checked) return refuse(checked);
  const { voucher } = checked;
  if (world.pdnd.knobs.pdndIrraggiungibile || !world.pdnd.clients.has(voucher.client_id)) return refuse({ title: 'TooManyRequests', codice: 'PDND_LOOKUP' });
  const quota = takeQuota(world, voucher.client_id, received.casoUso);
  if (quota.over) return refuse({ title: 'LimitExceeded', codice: 'QUOTA', atteso: String(quota.limit), ricevuto: nextDay(world) }, quota.headers);
  const wrong = (await checkModi(received, voucher, world)) ?? contentProblem(received);
  if (wrong) {
    giveBack(world, quota);
    return refuse(wrong, quota.headers);
  }
  const request = JSON.parse(received.body.toString('utf8')) as RequestE002;
  const injected = world.disturbance.nextFault();
  if (injected === 'nessuna-risposta') return { delayMs, answer: 'silence' };
  const answer = injected === '500' ? { html: true as const } : injected === 'fault' ? { status: 500, body: { listaErrori: [{ codiceErroreAnomalia: '999', tipoErroreAnomalia: 'E', testoErroreAnomalia: 'Operazione non effettuabile' }] } } : inRegime(request, received, voucher, world);
  if ('silence' in answer) return { delayMs, answer: 'silence' };
  const wire = written(answer);
  if (wire.status >= 400) giveBack(world, quota);
  world.operations.count(`pdnd:${String(wire.status)}`);
  if (injected === 'interrompi') return { delayMs, answer: 'drop' };
  return { delayMs, answer: { ...wire, headers: { ...headers, ...quota.headers, ...wire.headers } } };
}

function giveBack({ pdnd }: World, { key }: Quota): void {
  if (!pdnd.knobs.fallimentiConsumanoQuota) pdnd.calls.set(key, (pdnd.calls.get(key) ?? 1) - 1);
}

function contentProblem({ headers, body }: Call): Refusal | undefined {
  if (!/^application\/json *(;|$)/i.test(headers['content-type'] ?? '')) return { title: 'ContentTypeNotSupported', codice: 'CONTENT_TYPE' };
  try {
    const wrong = schemaProblem(JSON.parse(body.toString('utf8')));
    return wrong === undefined ? undefined : { title: 'InvalidRequestContent', codice: 'SCHEMA', ricevuto: wrong };
  } catch {
    return { title: 'UnprocessableRequestContent', codice: 'JSON' };
  }
}

function written(answer: Exclude<Answer, { silence: true }>): { readonly status: number; readonly body: string; readonly headers: Record<string, string> } {
  if ('html' in answer) return { status: 500, body: '<html><body><h1>GovWay-OP20000-9999</h1></body></html>', headers: { 'content-type': 'text/html; charset=utf-8' } };
  return { status: answer.status, body: JSON.stringify(answer.body), headers: { 'content-type': 'application/json' } };
}

/** Under the old regime ids are numbers that grow: a known one gets its answer again, an unknown one below the last ends in error. */
function inRegime(request: RequestE002, { casoUso }: Call, { client_id: clientId }: Voucher, world: World): Answer {
  const { pdnd } = world;
  if (pdnd.knobs.regimeIdOperazione === 'nuovo') return consult(request, casoUso, world);
  const id = request.idOperazioneClient;
  const key = `${clientId}|${casoUso}`;
  const known = pdnd.answers.get(key) ?? { last: -1n, given: new Map<string, { status: number; body: string }>() };
  const before = known.given.get(id);
  if (before) return { status: before.status, body: JSON.parse(before.body) as unknown };
  if (!/^\d{1,30}$/.test(id) || BigInt(id) <= known.last) return { status: 400, body: { listaErrori: [{ codiceErroreAnomalia: '999', tipoErroreAnomalia: 'E', testoErroreAnomalia: 'idOperazioneClient non crescente' }] } };
  const answer = consult(request, casoUso, world);
  if ('status' in answer) known.given.set(id, { status: answer.status, body: JSON.stringify(answer.body) });
  pdnd.answers.set(key, { last: BigInt(id), given: known.given });
  return answer;
}
