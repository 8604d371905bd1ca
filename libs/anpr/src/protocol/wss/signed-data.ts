import { Attribute, CertificateChoices, CertificateSet, CMSVersion, ContentInfo, DigestAlgorithmIdentifier, EncapsulatedContent, EncapsulatedContentInfo, id_contentType, id_data, id_messageDigest, id_signedData, id_signingTime, IssuerAndSerialNumber, SignatureAlgorithmIdentifier, SignedData, SignerIdentifier, SignerInfo } from '@peculiar/asn1-cms';
import { AsnArray, AsnConvert, AsnObjectIdentifierConverter, AsnType, AsnTypeTypes, OctetString } from '@peculiar/asn1-schema';
import { Certificate, Time } from '@peculiar/asn1-x509';
import { digestOf, HASH_OF, type DigestAlgorithm, type SignatureAlgorithm } from './algorithms.js';
import { CannotSign, type Signer } from './signer.js';

const DIGEST_OID: Readonly<Record<DigestAlgorithm, string>> = { sha1: '1.3.14.3.2.26', sha256: '2.16.840.1.101.3.4.2.1', sha512: '2.16.840.1.101.3.4.2.3' };
/** `rsaEncryption`: the name that every reader of RSA signatures must know (RFC 3370 §3.2). */
const RSA = '1.2.840.113549.1.1.1';
const NULL = new Uint8Array([5, 0]).buffer;

/** What a signature with attributes is computed over: the same set, under its own tag. */
@AsnType({ type: AsnTypeTypes.Set, itemType: Attribute })
class SignedAttributes extends AsnArray<Attribute> {}

/** CMS `SignedData` (RFC 5652) with the content in it, one signer, its certificate, and the three customary attributes. */
export async function signedData(content: Buffer, signer: Signer, algorithm: SignatureAlgorithm, now: Date): Promise<Buffer> {
  const hash = HASH_OF[algorithm];
  const certificate = parsed(signer);
  const digestAlgorithm = new DigestAlgorithmIdentifier({ algorithm: DIGEST_OID[hash] });
  // In the order that DER wants in a set: the shorter before the longer.
  const signedAttrs = [
    attribute(id_contentType, AsnObjectIdentifierConverter.toASN(id_data).toBER()),
    attribute(id_signingTime, AsnConvert.serialize(new Time(now))),
    attribute(id_messageDigest, AsnConvert.serialize(new OctetString(digestOf(hash, content)))),
  ];
  const signature = await signer.sign(Buffer.from(AsnConvert.serialize(new SignedAttributes(signedAttrs))), algorithm);
  const data = new SignedData({
    version: CMSVersion.v1,
    encapContentInfo: new EncapsulatedContentInfo({ eContentType: id_data, eContent: new EncapsulatedContent({ single: new OctetString(content) }) }),
    certificates: new CertificateSet([new CertificateChoices({ certificate })]),
  });
  data.digestAlgorithms.push(digestAlgorithm);
  const { issuer, serialNumber } = certificate.tbsCertificate;
  data.signerInfos.push(
    new SignerInfo({
      version: CMSVersion.v1,
      sid: new SignerIdentifier({ issuerAndSerialNumber: new IssuerAndSerialNumber({ issuer, serialNumber }) }),
      digestAlgorithm,
      signedAttrs,
      signatureAlgorithm: new SignatureAlgorithmIdentifier({ algorithm: RSA, parameters: NULL }),
      signature: new OctetString(signature),
    }),
  );
  return Buffer.from(AsnConvert.serialize(new ContentInfo({ contentType: id_signedData, content: AsnConvert.serialize(data) })));
}

const attribute = (attrType: string, value: ArrayBuffer): Attribute => new Attribute({ attrType, attrValues: [value] });

/** The certificate as a structure, if its encoding is the one that DER prescribes: it goes into the message as it was issued, or not at all. Errors: `CannotSign`. */
function parsed({ certificate: { raw } }: Signer): Certificate {
  const certificate = AsnConvert.parse(raw, Certificate);
  if (!Buffer.from(AsnConvert.serialize(certificate)).equals(raw)) throw new CannotSign('certificato non in DER');
  return certificate;
}
