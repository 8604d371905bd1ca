import { DIGEST_METHOD, digestOf, SIGNATURE_METHOD, type DigestAlgorithm, type SignatureAlgorithm } from './algorithms.js';
import { element } from './canonical.js';
import { ENVELOPED, EXCLUSIVE_C14N, NS } from './namespaces.js';
import type { Signer } from './signer.js';

/** An element that is signed: its id, and its canonical form. */
export interface Part {
  readonly id: string;
  readonly canonical: string;
  /** It holds the signature itself, which its canonical form leaves out. */
  readonly enveloping?: boolean;
  /** Prefixes that are used in values alone: without this nobody would notice that they came to mean something else. */
  readonly inclusivePrefixes?: string;
}

export interface SignatureOptions {
  readonly signature: SignatureAlgorithm;
  readonly digest: DigestAlgorithm;
}

/** `ds:Signature` over parts, exclusive canonicalisation throughout. */
export async function xmlSignature(parts: readonly Part[], keyInfo: string, signer: Signer, { signature, digest }: SignatureOptions): Promise<string> {
  const signedInfo = element(
    'ds:SignedInfo',
    { 'xmlns:ds': NS.ds },
    element('ds:CanonicalizationMethod', { Algorithm: EXCLUSIVE_C14N }),
    element('ds:SignatureMethod', { Algorithm: SIGNATURE_METHOD[signature] }),
    ...parts.map((part) => reference(part, digest)),
  );
  const value = await signer.sign(Buffer.from(signedInfo), signature);
  return element('ds:Signature', { 'xmlns:ds': NS.ds }, signedInfo, element('ds:SignatureValue', {}, value.toString('base64')), element('ds:KeyInfo', {}, keyInfo));
}

const reference = ({ id, canonical, enveloping, inclusivePrefixes }: Part, digest: DigestAlgorithm): string =>
  element(
    'ds:Reference',
    { URI: `#${id}` },
    element(
      'ds:Transforms',
      {},
      ...(enveloping ? [element('ds:Transform', { Algorithm: ENVELOPED })] : []),
      element('ds:Transform', { Algorithm: EXCLUSIVE_C14N }, ...(inclusivePrefixes ? [element('ec:InclusiveNamespaces', { 'xmlns:ec': EXCLUSIVE_C14N, PrefixList: inclusivePrefixes })] : [])),
    ),
    element('ds:DigestMethod', { Algorithm: DIGEST_METHOD[digest] }),
    element('ds:DigestValue', {}, digestOf(digest, canonical).toString('base64')),
  );
