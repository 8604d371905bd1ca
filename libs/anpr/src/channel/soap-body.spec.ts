import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RispostaIllegibile } from '../protocol/soap/index.js';
import { soapIn } from './soap-body.js';

const XML = '<a>DELLE PROVE – è</a>';
const plain = (body: Buffer | string, type?: string): string => soapIn(type, Buffer.from(body)).xml;

const part = (headers: string, content: Buffer | string): Buffer => Buffer.concat([Buffer.from(`${headers}\r\n\r\n`), Buffer.from(content), Buffer.from('\r\n')]);
const mtom = (parts: readonly Buffer[], before = ''): Buffer => Buffer.concat([Buffer.from(before), ...parts.flatMap((one) => [Buffer.from('--uuid:1-2_3\r\n'), one]), Buffer.from('--uuid:1-2_3--\r\n')]);
const TYPE = 'multipart/related; type="application/xop+xml"; boundary="uuid:1-2_3"; start="<root@anpr>"; start-info="text/xml"';
const root = part('Content-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <root@anpr>', XML);
const binary = part('Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <doc@anpr>', Buffer.from([0, 255, 13, 10, 45, 45, 0xc3, 0x28]));

const reason = (body: Buffer, type: string): string => {
  try {
    return soapIn(type, body).xml;
  } catch (error) {
    if (error instanceof RispostaIllegibile) return error.reason;
    throw error;
  }
};

describe('the envelope in an answer', () => {
  it.each(['text/xml; charset=UTF-8', 'text/xml;charset="utf-8"', 'text/xml', 'application/xml', undefined])('is the whole body when that is plain: %s', (type) => {
    expect(plain(XML, type)).toBe(XML);
  });

  it('is in the charset that is named', () => {
    expect(plain(Buffer.from('<a>è</a>', 'latin1'), 'text/xml; charset=ISO-8859-1')).toBe('<a>è</a>');
  });

  it('loses its byte order mark', () => {
    expect(plain(`\uFEFF${XML}`, 'text/xml')).toBe(XML);
  });

  it.each([
    ['bytes that are not in the charset', Buffer.from('<a>è</a>', 'latin1'), 'text/xml; charset=UTF-8', 'charset'],
    ['bytes that are not in another charset', Buffer.from([0x3c, 0xff, 0x3e]), 'text/xml; charset=EUC-JP', 'charset'],
    ['a charset that nobody knows', Buffer.from(XML), 'text/xml; charset=klingon', 'charset'],
    ['a content type that is none', Buffer.from(XML), 'xml', 'content type'],
  ])('is not guessed from %s', (_, body, type, why) => {
    expect(reason(body, type)).toBe(why);
  });
});

describe('the envelope in an answer with binaries', () => {
  it.each([
    ['first', [root, binary]],
    ['named by “start”, after them', [binary, root]],
    ['alone', [root]],
  ])('is the root part: %s', (_, parts) => {
    expect(soapIn(TYPE, mtom(parts)).xml).toBe(XML);
  });

  it('comes with them, by the id that the envelope names them by', () => {
    expect([...soapIn(TYPE, mtom([root, binary])).binaries].map(([id, bytes]) => [id, [...bytes]])).toEqual([['doc@anpr', [0, 255, 13, 10, 45, 45, 0xc3, 0x28]]]);
    expect(soapIn('text/xml', Buffer.from(XML)).binaries.size).toBe(0);
  });

  it('is the first part when none is named', () => {
    expect(soapIn('multipart/related; boundary="uuid:1-2_3"', mtom([root, binary])).xml).toBe(XML);
  });

  it('may come after an empty line or a preamble', () => {
    expect(soapIn(TYPE, mtom([root, binary], '\r\n')).xml).toBe(XML);
    expect(soapIn(TYPE, mtom([root, binary], 'This is a multi-part message.\r\n')).xml).toBe(XML);
  });

  it.each([
    ['no boundary', mtom([root]), 'multipart/related; type="application/xop+xml"', 'multipart without boundary'],
    ['an empty boundary', mtom([root]), 'multipart/related; boundary=""', 'multipart without boundary'],
    ['a boundary that does not occur', mtom([root]), 'multipart/related; boundary="altro"', 'multipart without boundary'],
    ['no root among its parts', mtom([binary]), TYPE, 'multipart'],
    ['no end', mtom([root, binary]).subarray(0, -10), TYPE, 'multipart'],
    ['more parts than an answer has', mtom([root, ...Array.from({ length: 30 }, () => binary)]), TYPE, 'multipart'],
    ['a header without end', Buffer.from(`--uuid:1-2_3\r\n${'a: b\r\n'.repeat(5000)}`), TYPE, 'multipart'],
    ['a header that is not text', mtom([part('Content-ID: \u00ff', XML), root]).map((byte) => (byte === 0xc3 ? 0xff : byte)) as Buffer, TYPE, 'multipart'],
    ['a binary whose header is not text', mtom([root, part('Content-ID: \u00ff', XML)]).map((byte) => (byte === 0xc3 ? 0xff : byte)) as Buffer, TYPE, 'multipart'],
    ['a root in no charset', mtom([part('Content-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <root@anpr>', Buffer.from([0x3c, 0xe8, 0x3e]))]), TYPE, 'charset'],
  ])('cannot be read with %s', (_, body, type, why) => {
    expect(reason(Buffer.from(body), type)).toBe(why);
  });

  it('is read or cannot be read, whatever bytes arrive', () => {
    const whole = mtom([root, binary]);
    const spoilt = fc.tuple(fc.nat(whole.length), fc.nat(40), fc.uint8Array({ maxLength: 40 })).map(([at, gone, added]) => Buffer.concat([whole.subarray(0, at), added, whole.subarray(at + gone)]));
    fc.assert(fc.property(fc.oneof(spoilt, fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))), fc.constantFrom(TYPE, 'multipart/mixed; boundary=-', 'text/xml'), (body, type) => void reason(body, type)), { numRuns: 500 });
  });
});
