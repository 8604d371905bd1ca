export const MTOM = ['mai', 'con-allegato', 'sempre'] as const;
/** When an answer about people goes as `multipart/related` with its binaries beside the envelope: never, where it has one, or always. */
export type Mtom = (typeof MTOM)[number];

const BINARIES = /<(documento|xmlFile)>([A-Za-z0-9+/=]+)<\/\1>/g;
const LINE = '\r\n';

/** An answer as it goes on the wire: as it is, or as XOP package whose boundary no Base64 and no XML of ours contains. */
export function xop(xml: string, idOperazioneANPR: number, mtom: Mtom): { readonly body: string; readonly type?: string } {
  if (mtom === 'mai') return { body: xml };
  const parts: string[] = [];
  const envelope = xml.replace(BINARIES, (_, name: string, base64: string) => {
    parts.push(base64);
    return `<${name}><xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:allegato-${String(parts.length)}@anpr.simulatore"/></${name}>`;
  });
  if (parts.length === 0 && mtom === 'con-allegato') return { body: xml };
  const boundary = `MIMEBoundary_${String(idOperazioneANPR)}`;
  const root = part('busta@anpr.simulatore', 'application/xop+xml; charset=utf-8; type="text/xml"', '8bit', envelope);
  // Base64 on the wire too: the encoding is the part's own business, and what is not text would not pass as one.
  const attachments = parts.map((base64, index) => part(`allegato-${String(index + 1)}@anpr.simulatore`, 'application/octet-stream', 'base64', base64.replace(/.{76}/g, `$&${LINE}`)));
  const body = [root, ...attachments].map((one) => `--${boundary}${LINE}${one}${LINE}`).join('') + `--${boundary}--${LINE}`;
  return { body, type: `multipart/related; type="application/xop+xml"; start="<busta@anpr.simulatore>"; start-info="text/xml"; boundary="${boundary}"` };
}

function part(id: string, type: string, encoding: string, content: string): string {
  return [`Content-Type: ${type}`, `Content-Transfer-Encoding: ${encoding}`, `Content-ID: <${id}>`, '', content].join(LINE);
}
