import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from './canonical.js';

describe('the canonical form', () => {
  it.each([
    ['members by code units, not by number or alphabet', { b: 1, a: 2, 10: 3, 9: 4, é: 5, Z: 6 }, '{"10":3,"9":4,"Z":6,"a":2,"b":1,"é":5}'],
    ['numbers as ECMAScript writes them', [-0, 1e21, 1e-7, Number('333333333.33333329'), 4.5, 2e-3], '[0,1e+21,1e-7,333333333.3333333,4.5,0.002]'],
    ['strings with the fewest escapes', ['"', '\\', '\n\u000f', '\u007f\u2028', 'è 😀', '/'], '["\\"","\\\\","\\n\\u000f","\u007f\u2028","è 😀","/"]'],
    ['what is not there left out, as JSON does', { a: undefined, b: [undefined, null, {}, []] }, '{"b":[null,null,{},[]]}'],
    ['what knows its own form', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['a lone value', true, 'true'],
  ])('has %s', (_, value, form) => {
    expect(canonical(value)).toBe(form);
  });

  it('says the same as JSON, whatever the value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order in which members were written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ noUnicodeString: false })), (object) => {
        expect(canonical(Object.fromEntries(Object.entries(object).reverse()))).toBe(canonical(object));
      }),
    );
  });

  it.each([['NaN', NaN], ['Infinity', [Infinity]], ['a lone surrogate', { a: '\ud800' }], ['a lone surrogate in a name', { '\udc00': 1 }], ['a bigint', 1n], ['a function', () => 1], ['nothing at all', undefined]])('refuses %s', (_, value) => {
    expect(() => canonical(value)).toThrow(TypeError);
  });
});
