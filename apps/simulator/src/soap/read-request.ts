import { SaxesParser } from 'saxes';
import type { Attribute, Node } from './xml.js';

export const SOAP_ENVELOPE = 'http://schemas.xmlsoap.org/soap/envelope/';

/** A SOAP 1.1 message as it came in. `text` is what was received, byte for byte as decoded: a signature is checked on it. */
export interface Envelope {
  readonly text: string;
  readonly root: Node;
  readonly header: readonly Node[];
  readonly body: Node;
  /** The payload exactly as it was written: two messages ask the same when this is the same. */
  readonly payload: string;
}

/** The message is not one that ANPR's XML gateway lets through. `fault` is the text of the SOAP Fault that says so. */
export class UnreadableRequest extends Error {
  override readonly name = 'UnreadableRequest';
  constructor(readonly fault: string) {
    super(fault);
  }
}

const MALFORMED = 'Malformed content (from client)';
const MAX_DEPTH = 64;

/** Reads one message. No DTD, no entity but the five of XML, no depth beyond what a signed message needs. Throws `UnreadableRequest`. */
export function readRequest(text: string): Envelope {
  const { root, payload } = parsed(text);
  return { text, payload, ...parts(root) };
}

function parsed(text: string): { readonly root: Node; readonly payload: string } {
  const root: Node = { name: '', prefix: '', uri: '', attributes: [], children: [], text: '', content: [], scope: {} };
  const open: Node[] = [root];
  let bodyFrom = -1;
  let payload = '';
  const refuse = (): never => {
    throw new UnreadableRequest(MALFORMED);
  };
  // Five handlers and no more: with seven V8 gives up on the shape of the parser, and reading takes four times as long.
  const parser = new SaxesParser({ xmlns: true, position: false });
  parser.on('doctype', refuse);
  parser.on('opentag', (tag) => {
    if (open.length > MAX_DEPTH) refuse();
    const attributes: Attribute[] = [];
    let declares = false;
    for (const { local, uri, value, prefix, name } of Object.values(tag.attributes)) {
      if (prefix !== 'xmlns' && name !== 'xmlns') attributes.push({ name: local, prefix, uri, value });
      else declares = true;
    }
    const parent = open[open.length - 1] ?? root;
    const node: Node = { name: tag.local, prefix: tag.prefix, uri: tag.uri, attributes, children: [], text: '', content: [], scope: declares ? { ...parent.scope, ...tag.ns } : parent.scope };
    parent.children.push(node);
    parent.content.push(node);
    open.push(node);
    if (open.length === 4 && open[2]?.name === 'Body') bodyFrom = text.lastIndexOf('<', parser.position - 1);
  });
  const addText = (more: string): void => {
    const node = open[open.length - 1];
    if (!node) return;
    node.text += more;
    node.content.push(more);
  };
  parser.on('text', addText);
  parser.on('cdata', addText);
  parser.on('closetag', () => {
    if (open.length === 4 && open[2]?.name === 'Body') payload = text.slice(bodyFrom, parser.position);
    open.pop();
  });
  try {
    // Without a handler of its own an error of syntax is thrown.
    parser.write(text).close();
  } catch {
    refuse();
  }
  return { root, payload };
}

function parts(root: Node): Pick<Envelope, 'root' | 'header' | 'body'> {
  const envelope = root.children[0];
  if (envelope?.name !== 'Envelope' || envelope.uri !== SOAP_ENVELOPE) throw new UnreadableRequest(MALFORMED);
  const header = envelope.children.find((node) => node.name === 'Header' && node.uri === SOAP_ENVELOPE);
  const body = envelope.children.filter((node) => node.name === 'Body' && node.uri === SOAP_ENVELOPE);
  const payload = body[0]?.children[0];
  if (body.length !== 1 || body[0]?.children.length !== 1 || !payload) throw new UnreadableRequest(MALFORMED);
  return { root: envelope, header: header?.children ?? [], body: payload };
}
