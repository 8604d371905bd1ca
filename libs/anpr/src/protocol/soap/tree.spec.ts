import { describe, expect, it } from 'vitest';
import { at, childrenOf, date, RispostaIllegibile, text, treeOf } from './tree.js';

const reason = (xml: string): string => {
  try {
    treeOf(xml);
  } catch (error) {
    if (error instanceof RispostaIllegibile) return error.reason;
    throw error;
  }
  return 'read';
};

describe('a document of ANPR', () => {
  it('is read by local names, whatever the prefixes and the attributes', () => {
    const root = treeOf('<?xml version="1.0"?><a:radice xmlns:a="urn:a" b="1"><figlio> uno </figlio><c:figlio xmlns:c="urn:c">due</c:figlio><vuoto/></a:radice>');
    expect(root.name).toBe('radice');
    expect(childrenOf(root, 'figlio').map((one) => one.text)).toEqual([' uno ', 'due']);
    expect(text(root, 'figlio')).toBe('uno');
    expect(text(root, 'vuoto')).toBeUndefined();
    expect(at(root, 'figlio', 'altro')).toBeUndefined();
  });

  it('has the five entities of XML, characters by number and CDATA', () => {
    expect(text(treeOf('<r><t>D&apos;A &amp; B &lt;&#xE0;&#232;&gt; &quot;<![CDATA[<c> & d]]></t></r>'), 't')).toBe('D\'A & B <àè> "<c> & d');
  });

  it('may begin with a byte order mark, and hold comments and instructions', () => {
    expect(text(treeOf('\uFEFF<r><!-- <t>no</t> --><?x y?><t>sì</t></r>'), 't')).toBe('sì');
  });

  it.each([
    ['2020-01-31', '2020-01-31'],
    ['2020-01-31+01:00', '2020-01-31'],
    ['2018-10-18-05:00', '2018-10-18'],
    ['2018-10-18Z', '2018-10-18'],
    ['2018-10-18T00:30:00+02:00', '2018-10-18'],
    ['18/10/2018', undefined],
    ['', undefined],
  ])('has days whose offset never moves them: %s', (written, read) => {
    expect(date(treeOf(`<r><d>${written}</d></r>`), 'd')).toBe(read);
  });
});

describe('a document that attacks is not read', () => {
  const laughs = Array.from({ length: 10 }, (_, i) => `<!ENTITY l${String(i + 1)} "${`&l${String(i)};`.repeat(10)}">`).join('');
  it.each([
    ['a document type', '<!DOCTYPE r><r/>', 'document type declaration'],
    ['an external entity', '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>', 'document type declaration'],
    ['a parameter entity', '<!DOCTYPE r [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><r/>', 'document type declaration'],
    ['a billion laughs', `<!DOCTYPE r [<!ENTITY l0 "ha">${laughs}]><r>&l10;</r>`, 'document type declaration'],
    ['an entity that is not XML’s', '<r>&agrave;</r>', 'not well-formed'],
    ['an entity that every object has', '<r>&constructor;</r>', 'not well-formed'],
    ['another one', '<r a="&__proto__;"/>', 'not well-formed'],
    ['a character that XML forbids', '<r>&#0;</r>', 'not well-formed'],
    ['a depth of a thousand', `${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}`, 'too deep'],
    ['hundreds of thousands of elements', `<r>${'<a/>'.repeat(250_000)}</r>`, 'too many elements'],
    ['nine million characters', `<r>${'a'.repeat(9_000_000)}</r>`, 'too large'],
    ['an element left open', '<r><a></r>', 'not well-formed'],
    ['nothing closed', '<r><a><b>', 'not well-formed'],
    ['two roots', '<r/><r/>', 'not well-formed'],
    ['text outside', '<r/>x', 'not well-formed'],
    ['an attribute twice', '<r a="1" a="2"/>', 'not well-formed'],
    ['nothing', '', 'not well-formed'],
    ['spaces', '  \n ', 'not well-formed'],
    ['a page', '<!DOCTYPE html><html><body>Service unavailable</body></html>', 'document type declaration'],
    ['JSON', '{"a":1}', 'not well-formed'],
  ])('%s', (_, xml, why) => {
    expect(reason(xml)).toBe(why);
  });

  it('and one that is large within the limits is read', () => {
    expect(treeOf(`<r>${'<a>1</a>'.repeat(150_000)}</r>`).children).toHaveLength(150_000);
    expect(reason(`${'<a>'.repeat(40)}${'</a>'.repeat(40)}`)).toBe('read');
  });

  it('and the error tells nothing of what was sent', () => {
    expect(() => treeOf('<r>SNTPRV85C55H501U</r')).toThrow(expect.objectContaining({ message: expect.not.stringContaining('SNTPRV') as string }));
  });
});
