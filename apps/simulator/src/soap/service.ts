import { hash } from 'node:crypto';
import type { Operation, Receipt } from '../operations.js';
import type { World } from '../world.js';
import { hasSecurity, secured, senderMismatch, type Denied } from '../wss/security.js';
import { CHECKS, firstRejection, type Incoming, type Rejection } from './checks.js';
import { refusal, type Refusal } from './errors.js';
import { fault } from './fault.js';
import { readHeader, type RequestHeader } from './header.js';
import type { Message, Service } from './messages.js';
import { readRequest, UnreadableRequest, type Envelope } from './read-request.js';
import { refused } from './refused.js';
import { ask, nameOf, written, type Stored } from './stored.js';
import { connectionAnswer } from './testconn.js';
import { supported } from './versions.js';

/** What goes back on the wire, after `delayMs`: bytes, a dropped connection, or nothing at all. */
export type Reply = { readonly delayMs: number } & ({ readonly status: 200 | 500; readonly body: string; readonly type?: string; readonly diagnosis?: string } | { readonly drop: true } | { readonly silence: true });

/** One request on its way: what it says, where it is recorded (only an operation that this request began is its to change), how late the answer goes. */
interface Call {
  readonly world: World;
  readonly service: Service;
  readonly incoming: Incoming;
  readonly operation: Operation<Stored> | undefined;
  readonly unsupported: string | undefined;
  readonly delayMs: number;
}

/** One SOAP request from its text to what goes back. `worldOf` a Comune is where it is answered. Nothing here waits or touches a socket. */
export function serve(worldOf: (codMittente: string) => World, service: Service, text: string): Reply {
  const read = readMessage(text, service, worldOf);
  const { world } = read;
  const delayMs = world.disturbance.nextDelay(/<codiceFiscale>([^<]{1,16})</.exec(text)?.[1]);
  if ('fault' in read) {
    world.operations.count('illeggibile');
    return faulty(read.fault, delayMs);
  }
  const incoming = withSecurity(read.incoming, world);
  if ('fault' in incoming) {
    world.operations.count('sicurezza');
    const { fault, ...cause } = incoming;
    const diagnosis = world.diagnostics.add('ws', fault, [{ codice: cause.causa, ...values(cause) }], world.now());
    return { ...faulty(fault, delayMs), diagnosis };
  }
  const { header, envelope } = incoming;
  const receipt = hasKey(header) ? world.operations.receive(header, fingerprint(world, envelope.payload), world.now()) : undefined;
  const call: Call = { world, service, incoming, operation: receipt?.as === 'new' ? receipt.operation : undefined, unsupported: service.unsupported?.exec(envelope.body.name)?.[1], delayMs };
  const injected = world.disturbance.nextFault();
  switch (injected) {
    case 'fault':
    case '500':
      return undone(call, injected);
    case 'nessuna-risposta':
      return unanswered(call);
    case 'interrompi':
      dispatch(call, receipt);
      return { drop: true, delayMs };
    case undefined:
      return dispatch(call, receipt);
    default:
      return injected satisfies never;
  }
}

/** The message and the vendor it is for, or the text of the Fault with which ANPR's XML gateway refuses it. */
function readMessage(text: string, service: Service, worldOf: (codMittente: string) => World): { readonly world: World } & ({ readonly incoming: Incoming } | { readonly fault: string }) {
  try {
    const envelope = readRequest(text);
    const header = readHeader(envelope.body);
    const world = worldOf(header.codMittente);
    const message = messageOf(envelope, service);
    if (!message) return { world, fault: 'Rejected by policy. (from client)' };
    const today = world.today();
    return { world, incoming: { envelope, header, message, today, versions: supported(world.versions, today), validate: world.validate, profile: undefined } };
  } catch (error) {
    if (error instanceof UnreadableRequest) return { world: worldOf(''), fault: error.fault };
    throw error;
  }
}

/** What an operation that is not here would be checked as does not matter: it is refused before. */
function messageOf({ body }: Envelope, { namespace, messages, unsupported }: Service): Message | undefined {
  if (body.uri !== namespace) return undefined;
  return messages.find(({ root }) => root === body.name) ?? (unsupported?.test(body.name) ? messages[0] : undefined);
}

/** Where a message has WS-Security, it goes on from here only with a Body that is signed. */
function withSecurity(incoming: Incoming, { security, authority, now }: World): Incoming | Denied {
  const { envelope } = incoming;
  if (!hasSecurity(envelope)) return security.firma === 'accettata' ? incoming : { fault: 'Rejected by policy. (from client)', causa: 'WSS_ASSENTE' };
  const knows = (operator: string): boolean => security.operators.get(operator) !== 'sconosciuto';
  const result = secured(envelope, { ...security, knows }, authority, now());
  if ('fault' in result) return result;
  const mismatch = senderMismatch(result.sede, incoming.header.codMittente);
  return mismatch ?? { ...incoming, profile: security.operators.get(result.operator) ?? 'abilitato' };
}

function values({ atteso, ricevuto }: Omit<Denied, 'fault'>): { atteso?: string; ricevuto?: string } {
  return { ...(atteso === undefined ? {} : { atteso }), ...(ricevuto === undefined ? {} : { ricevuto }) };
}

function dispatch(call: Call, receipt: Receipt<Stored> | undefined): Reply {
  const early = call.unsupported === undefined ? firstRejection(CHECKS, call.incoming) : { errors: [refusal('EN379', [call.unsupported])] as const };
  if (early || !receipt) return rejected(call, early ?? { errors: [refusal('EN489', ['testataRichiesta'])] });
  switch (receipt.as) {
    case 'replay':
      return write(call, receipt.state.answer, receipt.state.header, receipt.state.idOperazioneANPR);
    case 'running':
      return ko(call, [refusal('EN148')]);
    case 'other-operation':
      return ko(call, [refusal('EN079')]);
    case 'new':
      return work(call, receipt.operation);
    default:
      return receipt satisfies never;
  }
}

/** Does the operation: from here on it exists for ANPR, and its answer, good or bad, is the one that the id will always get. */
function work(call: Call, operation: Operation<Stored>): Reply {
  const { world, incoming, delayMs } = call;
  const { header } = incoming;
  operation.state = { kind: 'waiting' };
  const idOperazioneANPR = world.nextOperationId();
  const answer = ask(world, incoming);
  if (answer.kind === 'broken') return answer.how === 'silence' ? unanswered(call) : undone(call, answer.how);
  const settle = (): void => {
    operation.state = { kind: 'answered', header, idOperazioneANPR, answer };
    operation.outcome = nameOf(answer);
  };
  if (delayMs === 0) settle();
  else world.later(delayMs, settle);
  return write(call, answer, header, idOperazioneANPR);
}

function write({ world, service, incoming, delayMs }: Call, answer: Stored, header: RequestHeader, idOperazioneANPR: number): Reply {
  world.operations.count(nameOf(answer));
  return { ...written(world, service.namespace, incoming.message, answer, header, idOperazioneANPR), status: 200, delayMs };
}

function rejected(call: Call, rejection: Rejection): Reply {
  if (call.operation) call.operation.state = { kind: 'undone' };
  if ('errors' in rejection) return ko(call, rejection.errors);
  note(call, 'fault');
  return faulty(rejection.fault, call.delayMs);
}

/** A refusal that is not the answer of an operation: `idOperazioneANPR` is 0 and the id remembers nothing. */
function ko(call: Call, errors: readonly [Refusal, ...Refusal[]]): Reply {
  const { service, incoming, delayMs, unsupported } = call;
  note(call, `KO:${errors[0].code}`);
  const { operation } = incoming.message;
  const body = operation === 'OP01' ? connectionAnswer(incoming.header, 0, 'XXXX') : refused(service.namespace, unsupported ?? operation, errors, incoming.header, 0, incoming.today);
  return { status: 200, body, delayMs };
}

function undone(call: Call, how: 'fault' | '500'): Reply {
  note(call, how);
  if (call.operation) call.operation.state = { kind: 'undone' };
  if (how === 'fault') return faulty('Internal error (from server)', call.delayMs);
  return { status: 500, body: '<html><body><h1>500 Internal Server Error</h1></body></html>', type: 'text/html; charset=utf-8', delayMs: call.delayMs };
}

function unanswered(call: Call): Reply {
  note(call, 'nessuna-risposta');
  if (call.operation) call.operation.state = { kind: 'waiting' };
  return { silence: true, delayMs: call.delayMs };
}

function note({ world, operation }: Call, outcome: string): void {
  world.operations.count(outcome);
  if (operation) operation.outcome = outcome;
}

function faulty(text: string, delayMs: number): Extract<Reply, { body: string }> {
  return { status: 500, body: fault(text), delayMs };
}

/** What is not an id is not remembered as one. */
function hasKey({ idOperazioneComune, codMittente }: RequestHeader): boolean {
  return /^[0-9A-Za-z]{1,30}$/.test(idOperazioneComune) && /^[0-9A-Za-z ]{1,6}$/.test(codMittente);
}

function fingerprint({ salt }: World, payload: string): string {
  return hash('sha1', salt + payload, 'base64').slice(0, 12);
}
