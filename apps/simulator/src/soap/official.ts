import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { WrongSetting } from '../settings.js';
import { SERVICES, type Message } from './messages.js';
import { SOAP_ENVELOPE, type Envelope } from './read-request.js';
import { invalid } from './schema.js';

/** What is wrong with a payload, in a few words without any value of it; `undefined` when it is valid. */
export type Validate = (envelope: Pick<Envelope, 'text' | 'body'>, message: Message) => string | undefined;

/** The simulator's own reading of the schemas. */
export const ownSchemas: Validate = ({ body }, { schema }) => invalid(body, schema);

/**
 * The official XSD in `folder`, read once by libxml2 (measured: 0.1 ms a message; a process of xmllint for each takes some hundred times as long). Throws `WrongSetting`
 * when they are not there or cannot be read.
 */
export async function officialSchemas(folder: string): Promise<Validate> {
  const files = SERVICES.map(({ xsd }) => xsd);
  const missing = files.find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined) throw new WrongSetting(`--xsd: in "${folder}" manca ${missing}`);
  const { ParseOption, xmlCleanupInputProvider, XmlDocument, XmlElement, XmlLibError, XsdValidator } = await import('libxml2-wasm');
  const { xmlRegisterFsInputProviders } = await import('libxml2-wasm/lib/nodejs.mjs');
  const load = (file: string): InstanceType<typeof XsdValidator> => {
    const url = resolve(folder, file);
    try {
      using schema = XmlDocument.fromBuffer(readFileSync(url), { url, option: ParseOption.XML_PARSE_NONET });
      return XsdValidator.fromDoc(schema);
    } catch (error) {
      if (error instanceof XmlLibError) throw new WrongSetting(`--xsd: ${file} non si può usare: ${error.message.slice(0, 200)}`);
      throw error;
    }
  };
  xmlRegisterFsInputProviders();
  const validators = new Map(SERVICES.map(({ namespace, xsd }) => [namespace, load(xsd)]));
  // From here on nothing that is parsed may open a file.
  xmlCleanupInputProvider();
  return ({ text, body }) => {
    using document = XmlDocument.fromString(text, { option: ParseOption.XML_PARSE_NONET });
    const payload = document.get('/soap:Envelope/soap:Body/*', { soap: SOAP_ENVELOPE });
    if (!(payload instanceof XmlElement)) return 'Body';
    try {
      validators.get(body.uri)?.validate(payload);
      return undefined;
    } catch (error) {
      if (error instanceof XmlLibError) return words(error.details[0]);
      throw error;
    }
  };
}

/** Where and what, as libxml2 says it but for the value, which can be personal. */
function words(detail: { readonly message: string; readonly xpath?: string } | undefined): string {
  const said = /^Element '[^']*'(?:, attribute '[^']*')?: (?:\[facet '(\w+)'\])? ?(.*)/s.exec(detail?.message.trim() ?? '');
  const [, facet, rest = ''] = said ?? [];
  const what = facet === undefined ? (rest.startsWith("'") ? 'not a valid value' : rest) : `facet ${facet}`;
  return `${(detail?.xpath ?? '').split('/').slice(-2).join('/')}: ${what}`;
}
