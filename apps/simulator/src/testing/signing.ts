import forge from 'node-forge';
import { SignedXml } from 'xml-crypto';
import type { Issued } from '../wss/authority.js';

/** A message as a Comune signs it, and what a test gets wrong in it. Signed with a library of its own, not with what the simulator verifies by. */
export interface SigningParts {
  readonly server: Issued;
  readonly workstation?: Issued;
  readonly now: number;
  readonly payload: string;
  readonly operator?: string;
  readonly sede?: string;
  readonly postazione?: string;
  /** What the CMS says; the workstation's id unless told. */
  readonly signedPostazione?: string;
  readonly timestampFrom?: number;
  readonly timestampTo?: number;
  readonly assertionTo?: number;
  readonly attributes?: readonly string[];
  readonly signs?: readonly ('TS-1' | 'Body-1')[];
  readonly algorithm?: 'sha256' | 'sha1';
}

const C14N = 'http://www.w3.org/2001/10/xml-exc-c14n#';
const DS = 'http://www.w3.org/2000/09/xmldsig#';
export const ALGORITHMS = {
  sha256: { signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', digest: 'http://www.w3.org/2001/04/xmlenc#sha256' },
  sha1: { signature: `${DS}rsa-sha1`, digest: `${DS}sha1` },
} as const;
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const MINUTES = 60_000;

/** The unsigned message of soap.md §11.4, where the two signatures belong marked. */
export function messageToSign(parts: SigningParts): { readonly before: string; readonly assertion: string; readonly after: string } {
  const { server, workstation = server, now, payload, operator = 'PRTPRV75A01H501K', sede = '058091', postazione = '058091-PC-0001', signedPostazione = postazione } = parts;
  const { timestampFrom = now, timestampTo = now + 5 * MINUTES, assertionTo = now + 5 * MINUTES, attributes = ['IdSede', 'IdPostazione', 'IdPostazioneFirmato', 'IdApplicazione'] } = parts;
  const iso = (time: number): string => new Date(time).toISOString();
  const values: Readonly<Record<string, string>> = { IdSede: sede, IdPostazione: postazione, IdPostazioneFirmato: cms(signedPostazione, workstation), IdApplicazione: '12345' };
  const statement = attributes.map((name) => `<saml2:Attribute Name="${name}" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified"><saml2:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xsi:type="xsd:string">${values[name] ?? ''}</saml2:AttributeValue></saml2:Attribute>`).join('');
  const assertion =
    `<saml2:Assertion xmlns:saml2="urn:oasis:names:tc:SAML:2.0:assertion" ID="A-1" Version="2.0" IssueInstant="${iso(now)}"><saml2:Issuer>XS</saml2:Issuer>` +
    `<saml2:Subject><saml2:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified">${operator}</saml2:NameID><saml2:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml2:SubjectConfirmationData NotBefore="${iso(now)}" NotOnOrAfter="${iso(assertionTo)}"/></saml2:SubjectConfirmation></saml2:Subject>` +
    `<saml2:AuthnStatement AuthnInstant="${iso(now)}" SessionNotOnOrAfter="${iso(assertionTo)}"><saml2:SubjectLocality Address="192.0.2.10"/><saml2:AuthnContext><saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>` +
    `<saml2:AttributeStatement>${statement}</saml2:AttributeStatement></saml2:Assertion>`;
  const token = server.certificate.replace(/-----[^-]+-----|\s/g, '');
  return {
    before: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header><wsse:Security soapenv:mustUnderstand="1" xmlns:wsse="${WSSE}" xmlns:wsu="${WSU}"><wsu:Timestamp wsu:Id="TS-1"><wsu:Created>${iso(timestampFrom)}</wsu:Created><wsu:Expires>${iso(timestampTo)}</wsu:Expires></wsu:Timestamp>`,
    assertion,
    after: `<wsse:BinarySecurityToken wsu:Id="X509-1" EncodingType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary" ValueType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3">${token}</wsse:BinarySecurityToken></wsse:Security></soapenv:Header><soapenv:Body wsu:Id="Body-1" xmlns:wsu="${WSU}">${payload}</soapenv:Body></soapenv:Envelope>`,
  };
}

export const KEY_INFO = `<wsse:SecurityTokenReference xmlns:wsse="${WSSE}"><wsse:Reference URI="#X509-1" ValueType="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"/></wsse:SecurityTokenReference>`;

export function signedMessage(parts: SigningParts): string {
  const { server, signs = ['TS-1', 'Body-1'], algorithm = 'sha256' } = parts;
  const { before, assertion, after } = messageToSign(parts);
  const { signature, digest } = ALGORITHMS[algorithm];
  const own = new SignedXml({ privateKey: server.key, signatureAlgorithm: signature, canonicalizationAlgorithm: C14N });
  own.addReference({ xpath: "//*[local-name()='Assertion']", transforms: [`${DS}enveloped-signature`, C14N], digestAlgorithm: digest });
  own.computeSignature(before + assertion + after, { prefix: 'ds', location: { reference: "//*[local-name()='Issuer']", action: 'after' } });
  const message = new SignedXml({ privateKey: server.key, signatureAlgorithm: signature, canonicalizationAlgorithm: C14N, getKeyInfoContent: () => KEY_INFO, idMode: 'wssecurity' });
  for (const id of signs) message.addReference({ xpath: `//*[@*[local-name()='Id']='${id}']`, transforms: [C14N], digestAlgorithm: digest });
  message.computeSignature(own.getSignedXml(), { prefix: 'ds', location: { reference: "//*[local-name()='BinarySecurityToken']", action: 'after' } });
  return message.getSignedXml();
}

/** A CMS SignedData that carries `content`, made by the key of `signer`. */
export function cms(content: string, { certificate, key }: Issued): string {
  const message = forge.pkcs7.createSignedData();
  message.content = forge.util.createBuffer(content);
  message.addCertificate(certificate);
  message.addSigner({ key, certificate, digestAlgorithm: forge.pki.oids['sha256'] ?? '', authenticatedAttributes: [{ type: forge.pki.oids['contentType'] ?? '', value: forge.pki.oids['data'] ?? '' }, { type: forge.pki.oids['messageDigest'] ?? '' }] });
  message.sign();
  return forge.util.encode64(forge.asn1.toDer(message.toAsn1()).getBytes());
}

