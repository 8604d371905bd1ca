import { createHash, verify, X509Certificate } from 'node:crypto';
import forge from 'node-forge';

const { asn1, pki, pkcs7 } = forge;
const DIGESTS: Readonly<Record<string, string>> = { '2.16.840.1.101.3.4.2.1': 'sha256', '2.16.840.1.101.3.4.2.3': 'sha512', '1.3.14.3.2.26': 'sha1' };

/** What forge keeps of a SignedData: the fields of its only `SignerInfo`. Its own types do not say. */
interface Captured {
  readonly content?: forge.asn1.Asn1;
  readonly digestAlgorithm?: string;
  readonly authenticatedAttributes?: forge.asn1.Asn1[];
  readonly signature?: string;
  readonly signerInfos?: readonly unknown[];
}

export interface SignedContent {
  readonly content: string;
  readonly signer: X509Certificate;
}

/** Verifies a CMS SignedData that carries its content and its signer's certificate. `undefined` for whatever is not one, or was not signed by that certificate. Trust is another question. */
export function verifyCms(base64: string, sha1: boolean): SignedContent | undefined {
  try {
    const message = pkcs7.messageFromAsn1(asn1.fromDer(forge.util.decode64(base64))) as forge.pkcs7.PkcsSignedData & { readonly rawCapture: Captured; readonly certificates: readonly forge.pki.Certificate[] };
    const { content, digestAlgorithm, authenticatedAttributes, signature, signerInfos } = message.rawCapture;
    const algorithm = DIGESTS[asn1.derToOid(digestAlgorithm ?? '')];
    const [certificate, ...others] = message.certificates;
    if (!algorithm || (algorithm === 'sha1' && !sha1) || !certificate || others.length > 0 || signerInfos?.length !== 1 || !content || signature === undefined) return undefined;
    const bytes = octets(content);
    const signer = new X509Certificate(pki.certificateToPem(certificate));
    const attributes = authenticatedAttributes ?? [];
    if (attributes.length > 0 && messageDigest(attributes) !== createHash(algorithm).update(bytes).digest('hex')) return undefined;
    const covered = attributes.length > 0 ? binary(asn1.toDer(asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, attributes)).getBytes()) : bytes;
    return verify(algorithm, covered, signer.publicKey, binary(signature)) ? { content: bytes.toString('utf8'), signer } : undefined;
  } catch {
    return undefined;
  }
}

/** The bytes of an OCTET STRING, also where it is written in pieces. */
function octets(node: forge.asn1.Asn1): Buffer {
  return typeof node.value === 'string' ? binary(node.value) : Buffer.concat(node.value.map(octets));
}

function messageDigest(attributes: readonly forge.asn1.Asn1[]): string | undefined {
  for (const attribute of attributes) {
    const [oid, values] = attribute.value as forge.asn1.Asn1[];
    if (oid && asn1.derToOid(oid.value as string) === pki.oids['messageDigest']) return octets((values?.value as forge.asn1.Asn1[])[0] as forge.asn1.Asn1).toString('hex');
  }
  return undefined;
}

function binary(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}
