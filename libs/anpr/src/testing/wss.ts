import { DOMParser } from '@xmldom/xmldom';
import { ExclusiveCanonicalization, SignedXml } from 'xml-crypto';
import type { WssIdentity } from '../protocol/wss/identity.js';
import { buildRichiesta3002, type Criteri } from '../protocol/soap/request.js';
import type { Signer } from '../protocol/wss/signer.js';

export const NOW = new Date('2026-01-20T09:15:30.120Z');

/** The server of a Comune that is its own workstation. */
export const identityOf = (signer: Signer, changes: Partial<WssIdentity> = {}): WssIdentity => ({
  operator: 'SNTPRV85C55H501U',
  idSede: '999001',
  idPostazione: '999001-CO-9999',
  idApplicazione: 'GeRes & "prova"',
  address: '192.0.2.10',
  server: signer,
  workstation: signer,
  ...changes,
});

/** A question with the given key, at the hour of soap.md §14. */
export const payloadWith = (criteri: Criteri): string =>
  buildRichiesta3002({
    idOperazione: '01JGATEWAY0EXAMP0000000001',
    comuneIstat: '999001',
    comune: { nome: 'COMUNE DI ESEMPIO', codiceIstat: '999001', provincia: 'ZZ' },
    dataOra: '2026-01-20T10:15:30.120+01:00',
    tipoInvio: 'TEST',
    applicativo: { nome: 'GeRes', versione: '0.1.0', fornitore: 'GeRes' },
    criteri,
    sezioni: ['2', '10'],
    dataRiferimento: '2026-01-20',
    territorio: 'nazionale',
  });
export const PAYLOAD = payloadWith({ codiceFiscale: 'SNTPRV85C55H501U' });
export const named = (cognome: string, nome = 'PROVA'): Criteri => ({ cognome, nome, sesso: 'F', dataNascita: '1985-03-15', luogoNascita: { comune: { nome: 'ROMA', provincia: 'RM', codiceIstat: '058091' } } });

/** What an element of a message is, from its start tag to its end tag: the first of that name. */
export function part(xml: string, name: string): string {
  const end = `</${name}>`;
  const [from, to] = [xml.search(new RegExp(`<${name}[ >]`)), xml.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`no ${name}`);
  return xml.slice(from, to + end.length);
}
export const content = (xml: string, name: string): string => part(xml, name).replace(/^<[^>]*>/, '').replace(/<\/[^<]*>$/, '');

const assertionOf = (xml: string): string => part(xml, 'saml2:Assertion');
/** The two signatures of a message. */
export const signatureOf = (xml: string, of: 'message' | 'assertion'): string => part(of === 'assertion' ? assertionOf(xml) : xml.slice(xml.indexOf('</saml2:Assertion>')), 'ds:Signature');
export const payloadOf = (xml: string): string => content(xml, 'soapenv:Body');
export const each = (xml: string, name: string): readonly string[] => [...xml.matchAll(new RegExp(`<${name}(?: [^>]*)?>([^<]*)</${name}>`, 'g'))].map(([, value]) => value!);

/** Exclusive canonical form by a library that is not ours. */
export const canonicalOf = (xml: string): string => String(new ExclusiveCanonicalization().process(new DOMParser().parseFromString(xml, 'text/xml').documentElement, {}));

/** Whether a library that is not ours accepts a signature, made with the key of that certificate. */
export function verified(xml: string, of: 'message' | 'assertion', certificate: string): boolean {
  const reader = new SignedXml({ publicCert: certificate, getCertFromKeyInfo: () => null });
  reader.loadSignature(signatureOf(xml, of));
  try {
    return reader.checkSignature(xml);
  } catch {
    return false;
  }
}
