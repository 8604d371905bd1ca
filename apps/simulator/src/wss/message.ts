import { DOMParser } from '@xmldom/xmldom';
import { SOAP_ENVELOPE } from '../soap/read-request.js';

export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
export const SAML = 'urn:oasis:names:tc:SAML:2.0:assertion';
const DS = 'http://www.w3.org/2000/09/xmldsig#';

/** The parts of a message that its security is about: each there exactly once, and every `Id` borne by one element only. */
export interface SecuredMessage {
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
  if (repeatedId(document.documentElement)) return 'id-ripetuto';
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
  return { timestampId, bodyId, assertionId, token: token.textContent, signature, assertionSignature };
}

/** What `KeyInfo` → `SecurityTokenReference` → `Reference` of the message's signature points to. */
function referenceOf(signature: Element): string | undefined {
  const reference = sole(sole(sole(signature, DS, 'KeyInfo'), WSSE, 'SecurityTokenReference'), WSSE, 'Reference');
  const uri = reference?.getAttribute('URI') ?? '';
  return uri.startsWith('#') ? uri.slice(1) : undefined;
}

function sole(parent: Element | undefined, uri: string, name: string): Element | undefined {
  const found = children(parent).filter((element) => element.localName === name && element.namespaceURI === uri);
  return found.length === 1 ? found[0] : undefined;
}

function idOf(element: Element | undefined): string | undefined {
  return element?.getAttributeNS(WSU, 'Id') || undefined;
}

function children(parent: Element | undefined): Element[] {
  return Array.from(parent?.childNodes ?? []).filter((node): node is Element => node.nodeType === 1);
}

/** Every attribute that some reader of references might take for an id counts. */
function repeatedId(root: Element): boolean {
  const seen = new Set<string>();
  const visit = (element: Element): boolean => {
    const ids = new Set(Array.from(element.attributes).filter(({ localName, namespaceURI }) => (localName ?? '').toLowerCase() === 'id' && namespaceURI !== 'http://www.w3.org/2000/xmlns/').map(({ value }) => value));
    for (const id of ids) {
      if (seen.has(id)) return true;
      seen.add(id);
    }
    return children(element).some(visit);
  };
  return visit(root);
}
