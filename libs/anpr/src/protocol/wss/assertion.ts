import { element, text } from './canonical.js';
import type { WssIdentity } from './identity.js';
import { NS } from './namespaces.js';
import { spanOf, type WssOptions } from './options.js';
import { xmlSignature } from './xml-signature.js';

const UNSPECIFIED_ID = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified';
const UNSPECIFIED_NAME = 'urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified';
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/** An assertion, and until when it may accompany a message. */
export interface SignedAssertion {
  readonly xml: string;
  readonly ends: Date;
}

export interface AssertionParts {
  /** Used once for all assertions there are; an XML name. */
  readonly id: string;
  readonly now: Date;
  /** `IdPostazioneFirmato`. */
  readonly idPostazioneFirmato: Buffer;
}

/** The SAML 2.0 assertion about the operator, signed by the server of the Comune. */
export async function signedAssertion(identity: WssIdentity, { id, now, idPostazioneFirmato }: AssertionParts, options: WssOptions): Promise<SignedAssertion> {
  const { assertion } = options;
  const span = spanOf(assertion, now);
  const conditions = assertion.conditionsMs === undefined ? undefined : spanOf({ ...assertion, lastsMs: Math.min(assertion.conditionsMs, assertion.lastsMs) }, now);
  const issuer = element('saml2:Issuer', {}, text(assertion.issuer === 'operator' ? identity.operator : assertion.issuer.name));
  const statements = [
    element(
      'saml2:Subject',
      {},
      element('saml2:NameID', { Format: UNSPECIFIED_ID }, text(identity.operator)),
      element('saml2:SubjectConfirmation', { Method: BEARER }, element('saml2:SubjectConfirmationData', { NotBefore: span.from, NotOnOrAfter: span.to })),
    ),
    ...(conditions ? [element('saml2:Conditions', { NotBefore: conditions.from, NotOnOrAfter: conditions.to })] : []),
    element(
      'saml2:AuthnStatement',
      { AuthnInstant: span.from, SessionNotOnOrAfter: span.to },
      ...(identity.address === undefined ? [] : [element('saml2:SubjectLocality', { Address: identity.address })]),
      element('saml2:AuthnContext', {}, element('saml2:AuthnContextClassRef', {}, text(assertion.authnContext))),
    ),
    element(
      'saml2:AttributeStatement',
      {},
      ...Object.entries({
        IdSede: identity.idSede,
        IdPostazione: identity.idPostazione,
        IdPostazioneFirmato: idPostazioneFirmato.toString('base64'),
        IdApplicazione: identity.idApplicazione,
      }).map(([name, value]) => attribute(name, value, assertion.typed)),
    ),
  ];
  const whole = (...content: readonly string[]): string =>
    element('saml2:Assertion', { 'xmlns:saml2': NS.saml2, ...(assertion.typed ? { 'xmlns:xsd': NS.xsd } : {}), ID: id, IssueInstant: span.from, Version: '2.0' }, ...content);
  const signature = await xmlSignature(
    [{ id, canonical: whole(issuer, ...statements), enveloping: true, ...(assertion.typed ? { inclusivePrefixes: 'xsd' } : {}) }],
    element('ds:X509Data', {}, element('ds:X509Certificate', {}, identity.server.certificate.raw.toString('base64'))),
    identity.server,
    options,
  );
  return { xml: whole(issuer, signature, ...statements), ends: conditions?.ends ?? span.ends };
}

const attribute = (name: string, value: string, typed: boolean): string =>
  element('saml2:Attribute', { Name: name, NameFormat: UNSPECIFIED_NAME }, element('saml2:AttributeValue', typed ? { 'xmlns:xsi': NS.xsi, 'xsi:type': 'xsd:string' } : {}, text(value)));
