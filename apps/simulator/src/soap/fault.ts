import { element } from './xml.js';

/** How every answer begins and ends: a Body and nothing else, as in the published traces. */
export function enveloped(body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/"><env:Body>${body}</env:Body></env:Envelope>`;
}

/** The Fault of ANPR's XML gateway; `(from client)` blames the sender, `(from server)` the services behind it. */
export function fault(text: string): string {
  const side = text.endsWith('(from server)') ? 'env:Server' : 'env:Client';
  return enveloped(`<env:Fault><faultcode>${side}</faultcode>${element('faultstring', text)}</env:Fault>`);
}
