import fc from 'fast-check';

/** Bytes in the place of other bytes. */
export type Mutation = (bytes: Buffer, corpus: readonly Buffer[]) => Buffer;

/** What readers of XML, MIME and JSON trip over. */
const TOKENS = [
  ...['<', '>', '</', '/>', '&', '&amp;', '&#0;', '&#x110000;', '&x;', '<!DOCTYPE a [<!ENTITY x "y">]>', '<![CDATA[', ']]>', '<!--', '-->', '<?xml version="1.1"?>', ' a="1"', ' href="cid:a"', '<a>', '</a>', '<Include href="%"/>'],
  ...['\r\n', '\r\n\r\n', '--b', '--b--', 'Content-ID: <x>\r\n', 'Content-Transfer-Encoding: base64\r\n', 'charset=utf-16'],
  ...['{', '}', '[', ']', '"', ':', ',', 'null', '1e999', '-0', '"__proto__":', '"constructor":{', '"\\ud800"', '[[[[[[[['],
  ...['\u0000', '\uFEFF', '\u2028', '9'.repeat(40), 'ZZ00000ZZ', '0000-00-00', '1', 'S', ''],
].map((token) => Buffer.from(token));

/** Values that may stand where another value stood, in XML and in JSON. */
const VALUES = ['', '0', '1', '01', '9', '-1', 'S', 'N', 'A', '9'.repeat(40), 'x'.repeat(300), '0000-00-00', '2020-01-31+01:00', 'constructor', '__proto__', 'ZZ00000ZZ', 'EN122', 'È', ' ', '<Include href="cid:%E0"/>'].map((value) => Buffer.from(value));

const place = fc.nat(9999).map((share) => share / 10_000);
const at = (bytes: Buffer, share: number): number => Math.floor(share * (bytes.length + 1));
const between = (bytes: Buffer, from: number, gone: number, added: Uint8Array): Buffer => Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(Math.min(bytes.length, from + gone))]);

/** No mutation makes more of a document than this: what is too large is refused before it is read, and has specs of its own. */
const MOST = 256 * 1024;

/** Another value between the signs that enclose one: what is so changed can still be read. */
const revalued = (share: number, value: Buffer): Mutation => (bytes) => {
  const [before, after] = bytes.includes('>') ? ['>', '<'] : ['"', '"'];
  const from = bytes.indexOf(before, at(bytes, share)) + 1;
  const to = bytes.indexOf(after, from);
  return from === 0 || to < 0 ? bytes : between(bytes, from, to - from, value);
};

export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.oneof(
    { arbitrary: fc.tuple(place, fc.constantFrom(...VALUES)).map(([where, value]) => revalued(where, value)), weight: 12 },
    fc.tuple(place, fc.nat(255)).map(([where, value]): Mutation => (bytes) => between(bytes, at(bytes, where), 1, Uint8Array.of(value))),
    fc.tuple(place, fc.nat(80)).map(([where, gone]): Mutation => (bytes) => between(bytes, at(bytes, where), gone, Uint8Array.of())),
    fc.tuple(place, fc.constantFrom(...TOKENS)).map(([where, token]): Mutation => (bytes) => between(bytes, at(bytes, where), 0, token)),
    fc.tuple(place, fc.nat(60), fc.constantFrom(...TOKENS)).map(([where, gone, token]): Mutation => (bytes) => between(bytes, at(bytes, where), gone, token)),
    fc.tuple(place, fc.nat(200), fc.nat(2000)).map(([where, length, times]): Mutation => (bytes) => {
      const from = at(bytes, where);
      const piece = bytes.subarray(from, from + length);
      return between(bytes, from, 0, Buffer.concat(Array.from({ length: Math.min(times, Math.floor(MOST / (piece.length + 1))) }, () => piece)));
    }),
    fc.tuple(place, place, fc.nat()).map(([where, share, other]): Mutation => (bytes, corpus) => {
      const from = corpus[other % corpus.length]!;
      return Buffer.concat([bytes.subarray(0, at(bytes, where)), from.subarray(at(from, share))]);
    }),
    fc.uint8Array({ maxLength: 40 }).chain((added) => place.map((where): Mutation => (bytes) => between(bytes, at(bytes, where), 0, added))),
  ),
  { minLength: 1, maxLength: 4 },
);

export const mutated = (bytes: Buffer, by: readonly Mutation[], corpus: readonly Buffer[]): Buffer => by.reduce((so, mutation) => mutation(so, corpus).subarray(0, 2 * MOST), bytes);

/**
 * How long a fuzz run is: `GERES_FUZZ_RUNS` raises the number, and then each run is another one unless `GERES_FUZZ_SEED` names its seed. Otherwise it is always
 * the same, so that a failure is of the change at hand.
 */
export function fuzzing(runs: number): { readonly numRuns: number; readonly seed?: number } {
  const asked = runsOf(runs);
  const seed = process.env['GERES_FUZZ_SEED'] ?? (process.env['GERES_FUZZ_RUNS'] === undefined ? '20260120' : undefined);
  return { numRuns: asked, ...(seed === undefined ? {} : { seed: Number(seed) }) };
}

const runsOf = (runs: number): number => Number(process.env['GERES_FUZZ_RUNS'] ?? runs);

/** How long a run may take at most. */
export const fuzzingMs = (runs: number): number => 30_000 + 20 * runsOf(runs);
