import type { KeyObject } from 'node:crypto';
import { SignedXml } from 'xml-crypto';

const DS = 'http://www.w3.org/2000/09/xmldsig#';
const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = `${DS}enveloped-signature`;
const SIGNATURES = { sha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', sha512: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512', sha1: `${DS}rsa-sha1` };
const DIGESTS = { sha256: 'http://www.w3.org/2001/04/xmlenc#sha256', sha512: 'http://www.w3.org/2001/04/xmlenc#sha512', sha1: `${DS}sha1` };

/** Why a signature says nothing: its algorithms are not admitted, an element changed after signing, the value is not of this key, or it is not a signature at all. */
export type SignatureProblem = 'algoritmo' | 'digest' | 'valore' | 'forma';

/**
 * What an XML signature covers, as the canonical text that was hashed: whoever reads that text, and not the message around it,
 * reads what was signed. By the `Id` of the element.
 */
export type SignedParts = ReadonlyMap<string, string>;

/** Checks `signature`, an element of `document`. Only exclusive canonicalisation and same-document references; `enveloped` is for a signature inside what it signs. */
export function verifySignature(document: string, signature: Node, key: KeyObject, rules: { readonly enveloped: boolean; readonly sha1: boolean }): SignedParts | SignatureProblem {
  const signed = new SignedXml({ publicCert: key, getCertFromKeyInfo: () => null });
  signed.CanonicalizationAlgorithms = only(signed.CanonicalizationAlgorithms, rules.enveloped ? [EXCLUSIVE, ENVELOPED] : [EXCLUSIVE]);
  signed.SignatureAlgorithms = only(signed.SignatureAlgorithms, admitted(SIGNATURES, rules.sha1));
  signed.HashAlgorithms = only(signed.HashAlgorithms, admitted(DIGESTS, rules.sha1));
  try {
    signed.loadSignature(signature);
    if (!signed.checkSignature(document)) return signed.getReferences().some(({ validationError }) => validationError?.message.includes('could not find')) ? 'forma' : 'digest';
  } catch (error) {
    return problemOf(error);
  }
  const parts = new Map<string, string>();
  for (const { uri, signedReference } of signed.getReferences()) {
    if (uri?.startsWith('#') !== true || signedReference === undefined) return 'forma';
    parts.set(uri.slice(1), signedReference);
  }
  return parts;
}

function problemOf(error: unknown): SignatureProblem {
  const said = error instanceof Error ? error.message : '';
  if (said.includes('not supported')) return 'algoritmo';
  return said.startsWith('invalid signature: the signature value') ? 'valore' : 'forma';
}

function admitted(names: Readonly<Record<'sha256' | 'sha512' | 'sha1', string>>, sha1: boolean): readonly string[] {
  return sha1 ? Object.values(names) : [names.sha256, names.sha512];
}

function only<T>(all: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}
