import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalOf, named, payloadWith } from '../../testing/wss.js';
import { describeWithXmlsec, exclusively } from '../../testing/xmlsec.js';
import { NotSendable } from '../soap/text.js';
import { element, text } from './canonical.js';
import { NS } from './namespaces.js';

/** What XML can carry, with what canonicalisation changes among it. */
const anyText = fc.string({ unit: fc.oneof(fc.constantFrom(...'&<>"\'\t\n\r ]àÈŁ😀\u00a0\u2028'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 })), maxLength: 40 }).filter((value) => !/[\p{Cs}\uFFFE\uFFFF]/u.test(value) && !/[^\P{Cc}\t\n\r]/u.test(value));
/** The library beside ours reads U+2028 as a line end, as XML 1.1 would; libxml2 below does not. */
const inXml11 = anyText.filter((value) => !value.includes('\u2028'));
const body = (payload: string): string => element('soapenv:Body', { 'xmlns:soapenv': NS.soapenv, 'xmlns:wsu': NS.wsu, 'wsu:Id': 'Body-1' }, payload);

describe('an element that is signed', () => {
  it('has its namespaces before its attributes, each in the order of its name, and an end tag also when it is empty', () => {
    expect(element('a:b', { Version: '2', 'c:Id': 'x', ID: '1', 'xmlns:c': 'urn:c', 'xmlns:a': 'urn:z' })).toBe('<a:b xmlns:a="urn:z" xmlns:c="urn:c" ID="1" Version="2" c:Id="x"></a:b>');
  });

  it('writes as references what a reader would change or take for markup, and nothing else', () => {
    expect(element('a', { b: '&<>"\'\t\n\r' }, text('&<>"\'\t\n\r'))).toBe('<a b="&amp;&lt;>&quot;\'&#x9;&#xA;&#xD;">&amp;&lt;&gt;"\'\t\n&#xD;</a>');
  });

  it('is in canonical form already, whatever its texts and attributes hold', () => {
    fc.assert(
      fc.property(inXml11, inXml11, (value, attribute) => {
        const written = element('saml2:Issuer', { 'xmlns:saml2': NS.saml2, Z: attribute, Format: 'x' }, text(value), element('saml2:Empty', {}));
        expect(canonicalOf(written)).toBe(written);
      }),
      { numRuns: 300 },
    );
  });
});

describe('the body of a question', () => {
  const name = fc.string({ unit: fc.constantFrom(...'ABZÀÈÌÒÙŁŞșțẞ’\'-., &<>"\t\r'), minLength: 1, maxLength: 30 });

  it('with any name that can be sent is in canonical form already', () => {
    let sent = 0;
    fc.assert(
      fc.property(name, name, (cognome, nome) => {
        let payload: string;
        try {
          payload = payloadWith(named(cognome, nome));
        } catch (error) {
          expect(error).toBeInstanceOf(NotSendable);
          return;
        }
        sent += 1;
        expect(canonicalOf(body(payload))).toBe(body(payload));
      }),
      { numRuns: 300, examples: [["D'ESEMPIO", "L’ANGELO D'ORO"]] },
    );
    expect(sent).toBeGreaterThan(0);
  });
});

describeWithXmlsec('libxml2 finds in canonical form already', () => {
  it('bodies and elements, whatever they hold', async () => {
    const elements = fc.sample(fc.tuple(anyText, anyText), { numRuns: 400, seed: 42 }).map(([value, attribute]) => element('p:a', { 'xmlns:p': NS.saml2, B: attribute, A: 'x', 'p:C': attribute }, text(value)));
    const bodies = ["D'ESEMPIÒ", 'ŞERBAN ŢEPEŞ', 'ĂŁÜÇİŽ', 'PROVA, JR.'].map((cognome) => body(payloadWith(named(cognome))));
    const all = element('all', {}, ...elements, ...bodies);
    expect(await exclusively(all)).toBe(all);
  });
});
