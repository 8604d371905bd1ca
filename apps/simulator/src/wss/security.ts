import { X509Certificate } from 'node:crypto';
import { readElement, readRequest, UnreadableRequest, type Envelope } from '../soap/read-request.js';
import type { Node } from '../soap/xml.js';
import { ATTRIBUTES, inside, instant, readAssertion, type Assertion } from './assertion.js';
import type { Authority } from './authority.js';
import { verifyCms, type SignedContent } from './cms.js';
import { securedMessage, WSSE, WSU, type SecuredMessage } from './message.js';
import { verifySignature, type SignatureProblem } from './signature.js';

/** What of ANPR's security is not publicly known, or is changed on purpose by a test. */
export interface SecurityRules {
  /** `accettata`: a message without WS-Security passes, one that has it is checked. */
  readonly firma: 'richiesta' | 'accettata';
  readonly sha1: boolean;
  /** How far ahead the sender's clock may be. */
  readonly tolleranzaMs: number;
  /** Whether somebody is registered in ANPR as an operator at all: who is not never reaches the services. */
  knows(operator: string): boolean;
}

/** A message whose security holds: `envelope` is made of what was signed, whatever else was around it. */
export interface Secured {
  readonly envelope: Envelope;
  readonly operator: string;
  readonly sede: string;
}

/** The Fault that the sender sees, and what is behind it. */
export interface Denied {
  readonly fault: string;
  readonly causa: string;
  readonly atteso?: string;
  readonly ricevuto?: string;
}

const POLICY = 'Rejected by policy. (from client)';
const INTERNAL = 'Internal Error (from client)';
const DIGEST = 'Incorrect reference digest value (from client)';
const SEDE = 'IdSede Attribute inconsistent with IdPostazione (from client)';
const CODICE_FISCALE = /^(?:[A-Z]{6}[0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{2}[A-Z][0-9LMNPQRSTUV]{3}[A-Z]|\d{11})$/;

export function hasSecurity(envelope: Envelope): boolean {
  return envelope.header.some(({ name, uri }) => name === 'Security' && uri === WSSE);
}

/**
 * Checks WS-Security as ANPR's XML gateway does (soap.md §15.2): timestamp, what is signed, whose certificate, the assertion, its four
 * attributes, `codMittente`. The first that fails is told.
 */
export function secured(envelope: Envelope, rules: SecurityRules, authority: Authority, now: number): Secured | Denied {
  const message = securedMessage(envelope.text);
  if (typeof message === 'string') return denied(INTERNAL, `WSS_FORMA:${message}`);
  const certificate = certificateOf(message.token);
  if (!certificate) return denied(INTERNAL, 'WSS_TOKEN');
  const distrust = authority.distrust(certificate, now);
  if (distrust) return denied(POLICY, `WSS_CERTIFICATO:${distrust}`, undefined, certificate.subject);
  const read = readSigned(envelope, message, certificate, rules);
  if ('fault' in read) return read;
  const { timestamp, assertion } = read;
  const period = { from: instant(within(timestamp, 'Created')), to: instant(within(timestamp, 'Expires')) };
  if (period.from === undefined || period.to === undefined) return denied(INTERNAL, 'WSS_TIMESTAMP:forma');
  if (!inside(period, now, rules.tolleranzaMs)) return denied(POLICY, 'WSS_TIMESTAMP:fuori-validita', new Date(now).toISOString(), `${within(timestamp, 'Created') ?? ''}/${within(timestamp, 'Expires') ?? ''}`);
  if (!assertion.windows.every((window) => inside(window, now, rules.tolleranzaMs))) return denied(POLICY, 'WSS_ASSERZIONE:fuori-validita', new Date(now).toISOString());
  const identity = identityOf(assertion, certificate, rules, authority, now);
  if ('fault' in identity) return identity;
  const { sede } = identity;
  if (!CODICE_FISCALE.test(assertion.operator) || !rules.knows(assertion.operator)) return denied(POLICY, 'WSS_OPERATORE');
  return { envelope: read.envelope, operator: assertion.operator, sede };
}

interface Read {
  readonly envelope: Envelope;
  readonly timestamp: Node;
  readonly assertion: Assertion;
}

/** Verifies both signatures and reads Body, Timestamp and assertion from the texts that they cover. */
function readSigned(envelope: Envelope, message: SecuredMessage, certificate: X509Certificate, { sha1 }: SecurityRules): Read | Denied {
  const parts = verifySignature(message.byId, message.signature, certificate.publicKey, { enveloped: false, sha1 });
  if (typeof parts === 'string') return broken(parts, 'messaggio');
  const body = parts.get(message.bodyId);
  const timestampText = parts.get(message.timestampId);
  if (body === undefined) return denied(INTERNAL, 'WSS_NON_FIRMATO:Body');
  if (timestampText === undefined) return denied(INTERNAL, 'WSS_NON_FIRMATO:Timestamp');
  const own = verifySignature(message.byId, message.assertionSignature, certificate.publicKey, { enveloped: true, sha1 });
  if (typeof own === 'string') return broken(own, 'asserzione');
  const assertionText = own.get(message.assertionId);
  if (assertionText === undefined) return denied(INTERNAL, 'WSS_NON_FIRMATO:Assertion');
  try {
    const assertion = readAssertion(readElement(assertionText));
    if ('missing' in assertion) return denied(POLICY, 'WSS_ASSERZIONE:forma', assertion.missing);
    const signed = readRequest(`<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/">${body}</e:Envelope>`);
    return { envelope: { ...signed, header: envelope.header }, timestamp: readElement(timestampText), assertion };
  } catch (error) {
    if (error instanceof UnreadableRequest) return denied(error.fault, 'WSS_FORMA:canonica');
    throw error;
  }
}

function broken(problem: SignatureProblem, what: 'messaggio' | 'asserzione'): Denied {
  switch (problem) {
    case 'digest':
      return denied(DIGEST, `WSS_DIGEST:${what}`);
    case 'forma':
      return denied(INTERNAL, `WSS_FIRMA:${what}:forma`);
    case 'algoritmo':
    case 'valore':
      return denied(POLICY, `WSS_FIRMA:${what}:${problem}`);
    default:
      return problem satisfies never;
  }
}

/** The machine: the four attributes, the signed id of the workstation, and that they and the certificate are of one Comune. */
function identityOf({ attributes }: Assertion, certificate: X509Certificate, { sha1 }: SecurityRules, authority: Authority, now: number): { readonly sede: string } | Denied {
  for (const name of ATTRIBUTES) {
    if (attributes.get(name)?.length !== 1 || attributes.get(name)?.[0] === '') return denied(POLICY, `WSS_ATTRIBUTO:${name}`);
  }
  const [sede = '', postazione = '', firmato = ''] = ATTRIBUTES.map((name) => attributes.get(name)?.[0] ?? '');
  if (sede !== postazione.slice(0, 6)) return denied(SEDE, 'WSS_SEDE', postazione.slice(0, 6), sede);
  const cms = (sha1 ? contentOf : strictContentOf)(firmato);
  if (cms?.content !== postazione) return denied(POLICY, 'WSS_POSTAZIONE_FIRMATA', postazione, cms?.content);
  const distrust = authority.distrust(cms.signer, now);
  if (distrust) return denied(POLICY, `WSS_POSTAZIONE_CERTIFICATO:${distrust}`, undefined, cms.signer.subject);
  for (const { subject } of [certificate, cms.signer]) {
    const name = /^CN=(.*)$/m.exec(subject)?.[1] ?? '';
    if (!name.startsWith(`${sede}-`)) return denied(POLICY, 'WSS_CERTIFICATO:altro-comune', sede, name);
  }
  return { sede };
}

/** `codMittente` of the signed payload against the sede of the assertion: the last thing that the gateway looks at. */
export function senderMismatch(sede: string, codMittente: string): Denied | undefined {
  return sede === codMittente ? undefined : denied(POLICY, 'WSS_MITTENTE', sede, codMittente);
}

function denied(fault: string, causa: string, atteso?: string, ricevuto?: string): Denied {
  return { fault, causa, ...(atteso === undefined ? {} : { atteso }), ...(ricevuto === undefined ? {} : { ricevuto: ricevuto.slice(0, 200) }) };
}

function within(node: Node, name: string): string | undefined {
  const found = node.children.filter((one) => one.name === name && one.uri === WSU);
  return found.length === 1 ? found[0]?.text : undefined;
}

const MEMORY = 200;

/** Remembers what depends on its argument alone, for the newest few arguments: machines send the same certificate and the same CMS with every message. */
function remembering<Result>(read: (text: string) => Result): (text: string) => Result {
  const results = new Map<string, Result>();
  return (text) => {
    const there = results.get(text);
    if (there !== undefined) return there;
    if (results.size >= MEMORY) results.clear();
    const result = read(text);
    results.set(text, result);
    return result;
  };
}

const certificateOf = remembering((token): X509Certificate | undefined => {
  try {
    return new X509Certificate(Buffer.from(token, 'base64'));
  } catch {
    return undefined;
  }
});

/** A workstation signs its id once and sends it for months: what a CMS says does not change, only whether its signer is trusted does. */
const contentOf = remembering((base64): SignedContent | undefined => verifyCms(base64.replace(/\s/g, ''), true));
const strictContentOf = remembering((base64): SignedContent | undefined => verifyCms(base64.replace(/\s/g, ''), false));
