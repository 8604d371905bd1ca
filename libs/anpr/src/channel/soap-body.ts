import { MIMEType } from 'node:util';
import { MultipartParseError, parseMultipart, type MultipartPart } from '@remix-run/multipart-parser';
import { RispostaIllegibile } from '../protocol/soap/index.js';

/** An envelope and the binaries beside it. */
const MAX_PARTS = 20;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/** A SOAP envelope, and the binaries that came beside it, by Content-ID. */
export interface SoapBody {
  readonly xml: string;
  readonly binaries: ReadonlyMap<string, Uint8Array>;
}

/**
 * The SOAP envelope in the body of an answer, plain or as the root of a `multipart/related` one (MTOM): ANPR sends the second when a binary belongs to it.
 * Nothing is repaired: bytes that are not in the charset named make an answer that cannot be read. Errors: `RispostaIllegibile`.
 */
export function soapIn(contentType: string | undefined, body: Buffer): SoapBody {
  const type = typeOf(contentType);
  if (type?.type !== 'multipart') return { xml: decoded(type, body), binaries: new Map() };
  const { root, binaries } = partsOf(type, body);
  return { xml: decoded(typeOf(root.headers['content-type']), root.bytes), binaries };
}

/** A binary by the id that the envelope names it by. */
function named({ headers, bytes }: MultipartPart): readonly [string, Uint8Array][] {
  const id = headers['content-id'];
  return id === null || id === undefined ? [] : [[id.replace(/^<(.*)>$/, '$1'), bytes]];
}

function typeOf(contentType: string | undefined): MIMEType | undefined {
  if (contentType === undefined) return undefined;
  try {
    return new MIMEType(contentType);
  } catch {
    throw new RispostaIllegibile('content type');
  }
}

/** The root is the part that `start` names, else the first; the others are binaries. */
function partsOf({ params }: MIMEType, body: Buffer): { readonly root: MultipartPart; readonly binaries: SoapBody['binaries'] } {
  const boundary = params.get('boundary') ?? '';
  const opening = boundary === '' ? -1 : body.indexOf(`--${boundary}`);
  if (opening < 0) throw new RispostaIllegibile('multipart without boundary');
  const start = params.get('start');
  try {
    const parts = [...parseMultipart(body.subarray(opening), { boundary, maxFileSize: body.length, maxTotalSize: body.length, maxParts: MAX_PARTS })];
    const root = start === null ? parts[0] : parts.find(({ headers }) => headers['content-id'] === start);
    if (root) return { root, binaries: new Map(parts.filter((part) => part !== root).flatMap(named)) };
  } catch (error) {
    // A header that is not text is a TypeError of its decoder.
    if (!(error instanceof MultipartParseError || error instanceof TypeError)) throw error;
  }
  throw new RispostaIllegibile('multipart');
}

function decoded(type: MIMEType | undefined, bytes: Uint8Array): string {
  const charset = type?.params.get('charset')?.toLowerCase() ?? 'utf-8';
  try {
    return (charset === 'utf-8' ? UTF8 : new TextDecoder(charset, { fatal: true })).decode(bytes);
  } catch {
    throw new RispostaIllegibile('charset');
  }
}
