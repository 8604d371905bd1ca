import { createHash, verify, type KeyObject } from 'node:crypto';
import type { Node } from '../soap/xml.js';
import { canonical } from './canonical.js';
import { attributeOf, DS, sole } from './elements.js';

const EXCLUSIVE = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const ENVELOPED = `${DS}enveloped-signature`;
const SIGNATURES: Readonly<Record<string, string>> = { 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256': 'sha256', 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512': 'sha512', [`${DS}rsa-sha1`]: 'sha1' };
const DIGESTS: Readonly<Record<string, string>> = { 'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256', 'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512', [`${DS}sha1`]: 'sha1' };

/** Why a signature says nothing: its algorithms are not admitted, an element changed after signing, the value is not of this key, or it is not a signature at all. */
export type SignatureProblem = 'algoritmo' | 'digest' | 'valore' | 'forma';

/** The elements that an XML signature covers: whoever reads them, and not the message around them, reads what was signed. */
export type SignedParts = ReadonlySet<Node>;

export interface SignatureRules {
  /** The signature is inside what it signs, and is left out of it. */
  readonly enveloped: boolean;
  readonly sha1: boolean;
  /** Signatures that were found good before, by everything that they depend on: a machine sends one assertion with many messages. */
  readonly known?: Set<string>;
}

const MOST_KNOWN = 500;

/** Checks a `ds:Signature`: exclusive canonicalisation and same-document references alone, resolved in `byId`, where an id has one element. */
export function verifySignature(byId: ReadonlyMap<string, Node>, signature: Node, key: KeyObject, token: string, rules: SignatureRules): SignedParts | SignatureProblem {
  const info = sole(signature, DS, 'SignedInfo');
  const value = sole(signature, DS, 'SignatureValue')?.text;
  const references = info?.children.filter(({ name, uri }) => name === 'Reference' && uri === DS) ?? [];
  if (!info || !value || references.length === 0) return 'forma';
  const method = sole(info, DS, 'CanonicalizationMethod');
  const algorithm = admitted(SIGNATURES[algorithmOf(sole(info, DS, 'SignatureMethod'))], rules);
  if (algorithmOf(method) !== EXCLUSIVE || algorithm === undefined) return 'algoritmo';
  const signedInfo = canonical(info, { inclusive: inclusivePrefixes(method) });
  const covered: Covered[] = [];
  for (const reference of references) {
    const part = covers(byId, reference, signature, rules);
    if (typeof part === 'string') return part;
    covered.push(part);
  }
  const parts = new Set(covered.map(({ element }) => element));
  const { known } = rules;
  // All that the result depends on but the rules about algorithms, which were asked above. No part can be taken for another: lengths come first.
  const all = known && [token, value, signedInfo, ...covered.map(({ text }) => text)];
  const everything = all?.map(({ length }) => length).concat(-1).join() + (all?.join('') ?? '');
  if (known?.has(everything)) return parts;
  if (covered.some(({ text, digest, expected }) => createHash(digest).update(text).digest('base64') !== expected)) return 'digest';
  if (!verify(algorithm, Buffer.from(signedInfo, 'utf8'), key, Buffer.from(value, 'base64'))) return 'valore';
  if (known) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.add(everything);
  }
  return parts;
}

interface Covered {
  readonly element: Node;
  readonly text: string;
  readonly digest: string;
  readonly expected: string | undefined;
}

/** What a reference points to, in canonical form, and the digest that it should have. */
function covers(byId: ReadonlyMap<string, Node>, reference: Node, signature: Node, rules: SignatureRules): Covered | SignatureProblem {
  const uri = attributeOf(reference, 'URI') ?? '';
  const element = uri.startsWith('#') ? byId.get(uri.slice(1)) : undefined;
  if (!element) return 'forma';
  const transforms = sole(reference, DS, 'Transforms')?.children ?? [];
  const wanted = rules.enveloped ? [ENVELOPED, EXCLUSIVE] : [EXCLUSIVE];
  const digest = admitted(DIGESTS[algorithmOf(sole(reference, DS, 'DigestMethod'))], rules);
  if (transforms.map(algorithmOf).join(' ') !== wanted.join(' ') || digest === undefined) return 'algoritmo';
  const text = canonical(element, { inclusive: inclusivePrefixes(transforms.at(-1)), without: rules.enveloped ? signature : undefined });
  return { element, text, digest, expected: sole(reference, DS, 'DigestValue')?.text.replace(/\s/g, '') };
}

function inclusivePrefixes(method: Node | undefined): readonly string[] {
  const list = attributeOf(sole(method, EXCLUSIVE, 'InclusiveNamespaces'), 'PrefixList');
  return list === undefined ? [] : list.split(/\s+/).filter((prefix) => prefix !== '').map((prefix) => (prefix === '#default' ? '' : prefix));
}

function algorithmOf(element: Node | undefined): string {
  return attributeOf(element, 'Algorithm') ?? '';
}

function admitted(name: string | undefined, { sha1 }: SignatureRules): string | undefined {
  return name === 'sha1' && !sha1 ? undefined : name;
}
