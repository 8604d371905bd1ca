import { X509Certificate } from 'node:crypto';
import type { Envelope } from '../soap/read-request.js';
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

/** Who asks in a message whose security holds: its Body is signed as it was read. */
export interface Secured {
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
  const message = securedMessage(envelope.text, envelope.root);
  if (typeof message === 'string') return denied(INTERNAL, `WSS_FORMA:${message}`);
  const certificate = certificateOf(message.token);
  if (!certificate) return denied(INTERNAL, 'WSS_TOKEN');
  const distrust = authority.distrust(certificate, now);
  if (distrust) return denied(POLICY, `WSS_CERTIFICATO:${distrust}`, undefined, certificate.subject);
  const assertion = checkSigned(message, certificate, rules);
  if ('fault' in assertion) return assertion;
  const { timestamp } = message;
  const period = { from: instant(within(timestamp, 'Created')), to: instant(within(timestamp, 'Expires')) };
  if (period.from === undefined || period.to === undefined) return denied(INTERNAL, 'WSS_TIMESTAMP:forma');
  if (!inside(period, now, rules.tolleranzaMs)) return denied(POLICY, 'WSS_TIMESTAMP:fuori-validita', new Date(now).toISOString(), `${within(timestamp, 'Created') ?? ''}/${within(timestamp, 'Expires') ?? ''}`);
  if (!assertion.windows.every((window) => inside(window, now, rules.tolleranzaMs))) return denied(POLICY, 'WSS_ASSERZIONE:fuori-validita', new Date(now).toISOString());
  const identity = identityOf(assertion, certificate, rules, authority, now);
  if ('fault' in identity) return identity;
  const { sede } = identity;
  if (!CODICE_FISCALE.test(assertion.operator) || !rules.knows(assertion.operator)) return denied(POLICY, 'WSS_OPERATORE');
  return { operator: assertion.operator, sede };
}

/** Verifies both signatures, and that Body, Timestamp and assertion are what they cover: these elements are read from here on and no other. */
function checkSigned(message: SecuredMessage, certificate: X509Certificate, { sha1 }: SecurityRules): Assertion | Denied {
  const { byId, body, timestamp, assertion, token } = message;
  const parts = verifySignature(byId, message.signature, certificate.publicKey, token, { enveloped: false, sha1 });
  if (typeof parts === 'string') return broken(parts, 'messaggio');
  if (!parts.has(body)) return denied(INTERNAL, 'WSS_NON_FIRMATO:Body');
  if (!parts.has(timestamp)) return denied(INTERNAL, 'WSS_NON_FIRMATO:Timestamp');
  const own = verifySignature(byId, message.assertionSignature, certificate.publicKey, token, { enveloped: true, sha1, known: knownAssertions });
  if (typeof own === 'string') return broken(own, 'asserzione');
  if (!own.has(assertion)) return denied(INTERNAL, 'WSS_NON_FIRMATO:Assertion');
  const said = readAssertion(assertion);
  return 'missing' in said ? denied(POLICY, 'WSS_ASSERZIONE:forma', said.missing) : said;
}

const knownAssertions = new Set<string>();

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
