import type { Node } from '../soap/xml.js';
import { SAML } from './message.js';

/** What a signed assertion says: who asks, from where, and when it may be believed. */
export interface Assertion {
  readonly operator: string;
  readonly issuer: string;
  /** Every window it states: each must hold. `undefined` ends are open. */
  readonly windows: readonly Window[];
  /** Values by attribute name; a name that occurs twice has both. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
}

export interface Window {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

export const ATTRIBUTES = ['IdSede', 'IdPostazione', 'IdPostazioneFirmato', 'IdApplicazione'] as const;
const BEARER = 'urn:oasis:names:tc:SAML:2.0:cm:bearer';

/** Reads a SAML 2.0 assertion; what is missing in it is returned as the name of the part. */
export function readAssertion(assertion: Node): Assertion | { readonly missing: string } {
  if (attribute(assertion, 'Version') !== '2.0') return { missing: 'Version' };
  const issued = instant(attribute(assertion, 'IssueInstant'));
  if (issued === undefined) return { missing: 'IssueInstant' };
  const subject = child(assertion, 'Subject');
  const operator = child(subject, 'NameID')?.text.trim() ?? '';
  if (operator === '') return { missing: 'NameID' };
  const confirmation = child(subject, 'SubjectConfirmation');
  if (!confirmation || attribute(confirmation, 'Method') !== BEARER) return { missing: 'SubjectConfirmation' };
  const statement = child(assertion, 'AuthnStatement');
  if (!statement) return { missing: 'AuthnStatement' };
  const attributes = new Map<string, string[]>();
  for (const one of child(assertion, 'AttributeStatement')?.children ?? []) {
    const name = attribute(one, 'Name') ?? '';
    attributes.set(name, [...(attributes.get(name) ?? []), ...one.children.filter(isNamed('AttributeValue')).map(({ text }) => text.trim())]);
  }
  const data = child(confirmation, 'SubjectConfirmationData');
  const conditions = child(assertion, 'Conditions');
  return {
    operator,
    issuer: child(assertion, 'Issuer')?.text.trim() ?? '',
    windows: [{ from: issued, to: undefined }, window(data, 'NotBefore', 'NotOnOrAfter'), window(conditions, 'NotBefore', 'NotOnOrAfter'), { from: undefined, to: instant(attribute(statement, 'SessionNotOnOrAfter')) }],
    attributes,
  };
}

function window(node: Node | undefined, from: string, to: string): Window {
  return { from: instant(attribute(node, from)), to: instant(attribute(node, to)) };
}

/** `NaN` for what is there and is not an instant: no comparison with it holds. */
export function instant(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text.trim()) ? Date.parse(text.trim()) : NaN;
}

/** Whether `now` is inside, give or take `skewMs` at its start. */
export function inside({ from = -Infinity, to = Infinity }: Window, now: number, skewMs: number): boolean {
  return now + skewMs >= from && now < to;
}

const isNamed = (name: string) => (node: Node): boolean => node.name === name && node.uri === SAML;

function child(node: Node | undefined, name: string): Node | undefined {
  const found = node?.children.filter(isNamed(name)) ?? [];
  return found.length === 1 ? found[0] : undefined;
}

function attribute(node: Node | undefined, name: string): string | undefined {
  return node?.attributes.find((one) => one.name === name && one.uri === '')?.value;
}
