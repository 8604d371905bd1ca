import { DOMParser } from '@xmldom/xmldom';
import { SOAP_ENVELOPE } from '../soap/read-request.js';
import { children, DS, sole } from './elements.js';

export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
export const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';

/** The parts of a message that its security is about: each there exactly once, and every `Id` borne by one element only. */
export interface SecuredMessage {
  readonly byId: ReadonlyMap<string, Element>;
  readonly timestampId: string;
  readonly bodyId: string;
  readonly assertionId: string;
  /** The certificate, as Base64 of DER. */
  readonly token: string;
  readonly signature: Element;
  readonly assertionSignature: Element;
}

/** Why a message has no security that could be checked: one of ANPR's commonest, then any other disorder. */
export type Disorder = 'timestamp' | 'corpo-senza-id' | 'asserzione' | 'token' | 'firma' | 'id-ripetuto' | 'chiave';

/** Finds the parts in a message that is known to be well-formed and without DTD. Two elements where one belongs, or one `Id` twice, are how a signature is wrapped: refused. */
export function securedMessage(text: string): SecuredMessage | Disorder {
  const document = new DOMParser().parseFromString(text, 'text/xml');
  const byId = elementsById(document.documentElement);
  if (!byId) return 'id-ripetuto';
  const envelope = document.documentElement;
  const body = sole(envelope, SOAP_ENVELOPE, 'Body');
  const security = sole(sole(envelope, SOAP_ENVELOPE, 'Header'), WSSE, 'Security');
  const timestampId = idOf(sole(security, WSU, 'Timestamp'));
  if (timestampId === undefined) return 'timestamp';
  const bodyId = idOf(body);
  if (bodyId === undefined) return 'corpo-senza-id';
  const assertion = sole(security, SAML, 'Assertion');
  const assertionId = assertion?.getAttribute('ID') ?? '';
  const assertionSignature = sole(assertion, DS, 'Signature');
  if (assertionId === '' || !assertionSignature) return 'asserzione';
  const token = sole(security, WSSE, 'BinarySecurityToken');
  if (!token?.textContent) return 'token';
  const signature = sole(security, DS, 'Signature');
  if (!signature) return 'firma';
  if (referenceOf(signature) !== idOf(token)) return 'chiave';
  return { byId, timestampId, bodyId, assertionId, token: token.textContent, signature, assertionSignature };
}

/** What `KeyInfo` → `SecurityTokenReference` → `Reference` of the message's signature points to. */
function referenceOf(signature: Element): string | undefined {
  const reference = sole(sole(sole(signature, DS, 'KeyInfo'), WSSE, 'SecurityTokenReference'), WSSE, 'Reference');
  const uri = reference?.getAttribute('URI') ?? '';
  return uri.startsWith('#') ? uri.slice(1) : undefined;
}

function idOf(element: Element | undefined): string | undefined {
  return element?.getAttributeNS(WSU, 'Id') || undefined;
}

/** Every element by its id; `undefined` where one is borne twice. Every attribute that some reader of references might take for an id counts. */
function elementsById(root: Element): Map<string, Element> | undefined {
  const byId = new Map<string, Element>();
  const visit = (element: Element): boolean => {
    for (const { localName, name, namespaceURI, value } of Array.from(element.attributes)) {
      if (namespaceURI === 'http://www.w3.org/2000/xmlns/' || (localName || name).toLowerCase() !== 'id') continue;
      if ((byId.get(value) ?? element) !== element) return false;
      byId.set(value, element);
    }
    return children(element).every(visit);
  };
  return visit(root) ? byId : undefined;
}
