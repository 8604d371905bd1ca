import { createHash, verify, type KeyObject } from 'node:crypto';
import { ExclusiveCanonicalization } from 'xml-crypto';
import { children, DS, sole } from './elements.js';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = `${DS}enveloped-signature`;
const SIGNATURES: Readonly<Record<string, string>> = { 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512', [`${DS}rsa-sha1`]: 'sha1' };
const DIGESTS: Readonly<Record<string, string>> = { 'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256', 'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512', [`${DS}sha1`]: 'sha1' };

/** Why a signature says nothing: its algorithms are not admitted, an element changed after signing, the value is not of this key, or it is not a signature at all. */
export type SignatureProblem = 'algoritmo' | 'digest' | 'valore' | 'forma';

/**
 * What an XML signature covers, as the canonical text that was hashed: whoever reads that text, and not the message around it,
 * reads what was signed. By the `Id` of the element.
 */
export type SignedParts = ReadonlyMap<string, string>;

interface Rules {
  /** The signature is inside what it signs, and is left out of it. */
  readonly enveloped: boolean;
  readonly sha1: boolean;
}

/**
 * Checks a `ds:Signature`: exclusive canonicalisation and same-document references alone. Canonical forms are xml-crypto's; references are resolved here, in `byId`, where an id
 * has one element, because the library searches the whole document with XPath for each of them (measured: fifteen times as long).
 */
export function verifySignature(byId: ReadonlyMap<string, Element>, signature: Element, key: KeyObject, rules: Rules): SignedParts | SignatureProblem {
  const info = sole(signature, DS, 'SignedInfo');
  const value = sole(signature, DS, 'SignatureValue')?.textContent;
  const references = children(info).filter(({ localName, namespaceURI }) => localName === 'Reference' && namespaceURI === DS);
  if (!info || !value || references.length === 0) return 'forma';
  const method = sole(info, DS, 'CanonicalizationMethod');
  const algorithm = admitted(SIGNATURES[algorithmOf(sole(info, DS, 'SignatureMethod'))], rules);
  if (algorithmOf(method) !== EXCLUSIVE || algorithm === undefined) return 'algoritmo';
  // Before anything is taken out of the document.
  const signedInfo = canonical(info, method);
  if (rules.enveloped) signature.parentNode?.removeChild(signature);
  const parts = new Map<string, string>();
  for (const reference of references) {
    const part = checkReference(byId, reference, rules);
    if (typeof part === 'string') return part;
    parts.set(part.id, part.text);
  }
  return verify(algorithm, Buffer.from(signedInfo, 'utf8'), key, Buffer.from(value, 'base64')) ? parts : 'valore';
}

function checkReference(byId: ReadonlyMap<string, Element>, reference: Element, rules: Rules): { readonly id: string; readonly text: string } | SignatureProblem {
  const uri = reference.getAttribute('URI') ?? '';
  const id = uri.slice(1);
  const element = uri.startsWith('#') ? byId.get(id) : undefined;
  if (!element) return 'forma';
  const transforms = children(sole(reference, DS, 'Transforms'));
  const last = transforms.at(-1);
  const wanted = rules.enveloped ? [ENVELOPED, EXCLUSIVE] : [EXCLUSIVE];
  const digest = admitted(DIGESTS[algorithmOf(sole(reference, DS, 'DigestMethod'))], rules);
  if (transforms.map(algorithmOf).join(' ') !== wanted.join(' ') || digest === undefined) return 'algoritmo';
  const text = canonical(element, last);
  const expected = sole(reference, DS, 'DigestValue')?.textContent?.replace(/\s/g, '');
  return createHash(digest).update(text).digest('base64') === expected ? { id, text } : 'digest';
}

/** Exclusive canonical form without comments; the prefixes that `method` lists are treated inclusively, with what they are bound to around the element. */
function canonical(element: Element, method: Element | undefined): string {
  const listed = (sole(method, EXCLUSIVE, 'InclusiveNamespaces')?.getAttribute('PrefixList') ?? '').split(/\s+/).filter((prefix) => prefix !== '' && prefix !== '#default');
  const ancestorNamespaces = listed.flatMap((prefix) => {
    const namespaceURI = element.lookupNamespaceURI(prefix);
    return namespaceURI === null ? [] : [{ prefix, namespaceURI }];
  });
  return new ExclusiveCanonicalization().process(element, { inclusiveNamespacesPrefixList: listed, ancestorNamespaces });
}

function algorithmOf(element: Element | undefined): string {
  return element?.getAttribute('Algorithm') ?? '';
}

function admitted(name: string | undefined, { sha1 }: Rules): string | undefined {
  return name === 'sha1' && !sha1 ? undefined : name;
}
