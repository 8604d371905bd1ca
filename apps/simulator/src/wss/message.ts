import { SOAP_ENVELOPE } from '../soap/read-request.js';
import type { Node } from '../soap/xml.js';
import { attributeOf, DS, sole } from './elements.js';

export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
export const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';

/** The parts of a message that its security is about: each there exactly once, and every `Id` borne by one element only. */
export interface SecuredMessage {
  readonly byId: ReadonlyMap<string, Node>;
  readonly timestamp: Node;
  readonly body: Node;
  readonly assertion: Node;
  /** The certificate, as Base64 of DER. */
  readonly token: string;
  readonly signature: Node;
  readonly assertionSignature: Node;
}

/** Why a message has no security that could be checked: one of ANPR's commonest, then any other disorder. */
export type Disorder = 'istruzione' | 'timestamp' | 'corpo-senza-id' | 'asserzione' | 'token' | 'firma' | 'id-ripetuto' | 'chiave';

/** Finds the parts in a message that is known to be well-formed and without DTD. Two elements where one belongs, or one `Id` twice, are how a signature is wrapped: refused. */
export function securedMessage(text: string, envelope: Node): SecuredMessage | Disorder {
  // SOAP forbids processing instructions; they would be part of the canonical form, and of the tree they are not.
  if (text.includes('<?', 1)) return 'istruzione';
  const byId = elementsById(envelope);
  if (!byId) return 'id-ripetuto';
  const body = sole(envelope, SOAP_ENVELOPE, 'Body');
  const security = sole(sole(envelope, SOAP_ENVELOPE, 'Header'), WSSE, 'Security');
  const timestamp = sole(security, WSU, 'Timestamp');
  if (!timestamp || idOf(timestamp) === undefined) return 'timestamp';
  if (!body || idOf(body) === undefined) return 'corpo-senza-id';
  const assertion = sole(security, SAML, 'Assertion');
  const assertionSignature = sole(assertion, DS, 'Signature');
  if (!assertion || !attributeOf(assertion, 'ID') || !assertionSignature) return 'asserzione';
  const token = sole(security, WSSE, 'BinarySecurityToken');
  if (!token?.text) return 'token';
  const signature = sole(security, DS, 'Signature');
  if (!signature) return 'firma';
  if (referenceOf(signature) !== idOf(token)) return 'chiave';
  return { byId, timestamp, body, assertion, token: token.text, signature, assertionSignature };
}

/** What `KeyInfo` → `SecurityTokenReference` → `Reference` of the message's signature points to. */
function referenceOf(signature: Node): string | undefined {
  const reference = sole(sole(sole(signature, DS, 'KeyInfo'), WSSE, 'SecurityTokenReference'), WSSE, 'Reference');
  const uri = attributeOf(reference, 'URI') ?? '';
  return uri.startsWith('#') ? uri.slice(1) : undefined;
}

function idOf(element: Node): string | undefined {
  return attributeOf(element, 'Id', WSU) || undefined;
}

/** Every element by its id; `undefined` where one is borne twice. Every attribute that some reader of references might take for an id counts. */
function elementsById(root: Node): Map<string, Node> | undefined {
  const byId = new Map<string, Node>();
  const visit = (element: Node): boolean => {
    for (const { name, value } of element.attributes) {
      if (name.length !== 2 || name.toLowerCase() !== 'id') continue;
      if ((byId.get(value) ?? element) !== element) return false;
      byId.set(value, element);
    }
    return element.children.every(visit);
  };
  return visit(root) ? byId : undefined;
}
