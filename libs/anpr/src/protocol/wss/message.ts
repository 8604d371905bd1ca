import { enclosed } from '../soap/request.js';
import { element } from './canonical.js';
import type { KeyReference } from './key-reference.js';
import { NS } from './namespaces.js';
import { spanOf, type WssOptions } from './options.js';
import type { Signer } from './signer.js';
import { xmlSignature } from './xml-signature.js';

export interface MessageParts {
  readonly payload: string;
  /** `saml2:Assertion`, signed. */
  readonly assertion: string;
  readonly key: KeyReference;
  readonly now: Date;
}

/** Ids inside one message. Always the same: the Body of a message that is sent again is then identical. */
const TIMESTAMP = 'TS-1';
const BODY = 'Body-1';

/** The SOAP message with the security header of ANPR, in its strict layout: timestamp, assertion, token, signature over timestamp and body. */
export async function signedMessage({ payload, assertion, key, now }: MessageParts, signer: Signer, options: Pick<WssOptions, 'signature' | 'digest' | 'timestamp'>): Promise<string> {
  const { from, to } = spanOf(options.timestamp, now);
  const timestamp = element('wsu:Timestamp', { 'xmlns:wsu': NS.wsu, 'wsu:Id': TIMESTAMP }, element('wsu:Created', {}, from), element('wsu:Expires', {}, to));
  const body = element('soapenv:Body', { 'xmlns:soapenv': NS.soapenv, 'xmlns:wsu': NS.wsu, 'wsu:Id': BODY }, payload);
  const signature = await xmlSignature(
    [
      { id: TIMESTAMP, canonical: timestamp },
      { id: BODY, canonical: body },
    ],
    key.keyInfo,
    signer,
    options,
  );
  const security = element('wsse:Security', { 'xmlns:wsse': NS.wsse, 'xmlns:wsu': NS.wsu, 'soapenv:mustUnderstand': '1' }, timestamp, assertion, key.token, signature);
  return enclosed(body, security);
}
