import type { Catalogue, ProblemEntry } from '@geres/kernel';
import type { Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS_EXTENSION } from './documented.js';
import { IF_MATCH } from './etag.js';
import { failHttp } from './http.problems.js';

export interface OpenApiOptions {
  readonly title: string;
  readonly description: string;
  /** Where the problems are that its routes name; those of any request are known. */
  readonly catalogues: readonly Catalogue[];
  readonly servers?: readonly { readonly url: string; readonly description: string }[];
  /** The modules whose routes are described. */
  readonly include: readonly Type[];
  /** Audience of the access tokens that its routes take. */
  readonly audience?: string;
  readonly version?: string;
}

type Operation = { parameters?: readonly { readonly in: string; readonly name: string }[]; responses?: Record<string, object>; [PROBLEMS_EXTENSION]?: readonly string[] };

/** What every route may answer, whatever it does. */
const COMMON = ['richiesta-non-valida', 'non-autenticato', 'corpo-troppo-grande', 'tipo-non-ammesso', 'troppe-richieste', 'errore-interno', 'servizio-non-pronto'] as const satisfies readonly (keyof typeof failHttp.catalogue)[];

/** And a write that takes `If-Match`. */
const CONDITIONAL = ['versione-superata', 'conflitto'] as const satisfies readonly (keyof typeof failHttp.catalogue)[];
const ETag = { description: 'La versione di ciò che si vede, per If-Match', schema: { type: 'string', examples: ['"3"'] } } as const;

/** RFC 9457, with the members that every problem of GeRes has. */
const PROBLEM = {
  type: 'object',
  description: 'RFC 9457; ogni problema può avere altri membri suoi',
  required: ['type', 'title', 'status', 'detail', 'instance', 'correlationId'],
  properties: {
    type: { type: 'string', description: 'urn:geres:problema:<codice>', examples: ['urn:geres:problema:richiesta-non-valida'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    instance: { type: 'string', description: 'Nome di questa occorrenza' },
    correlationId: { type: 'string', description: 'Da indicare all’assistenza; è anche in X-Correlation-Id' },
    errori: { type: 'array', description: 'I campi da correggere', items: { type: 'object', required: ['campo', 'messaggio'], properties: { campo: { type: 'string' }, messaggio: { type: 'string' } } } },
  },
} as const;

/**
 * The OpenAPI 3.1 document of the routes of some modules, with its members sorted so that two runs give the same text. Throws for a problem that a route names
 * and no catalogue has.
 */
export function openApiOf(app: NestFastifyApplication, { title, description, include, audience, catalogues, servers = [], version = '1' }: OpenApiOptions): object {
  const known: Catalogue = Object.assign({}, ...catalogues, failHttp.catalogue) as Catalogue;
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(title)
    .setDescription(description)
    .setVersion(version)
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', ...(audience === undefined ? {} : { description: `Token di accesso (at+jwt, ES256), aud ${audience}` }) })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, config, { include: [...include], operationIdFactory: (controller, method) => `${controller.replace(/Api$/, '')}_${method}` });
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item as Record<string, unknown>)) describeProblems(operation as Operation, known);
  }
  const schemas = { ...document.components?.schemas, Problema: PROBLEM } as unknown as NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;
  const { contact: _, ...info } = document.info;
  return sorted({ ...document, info, servers, components: { ...document.components, schemas } }) as object;
}

function describeProblems(operation: Operation, known: Catalogue): void {
  if (typeof operation !== 'object' || operation === null || !('responses' in operation)) return;
  const conditional = operation.parameters?.some(({ in: place, name }) => place === 'header' && name === IF_MATCH) ?? false;
  const codes = [...new Set([...(operation[PROBLEMS_EXTENSION] ?? []), ...(conditional ? CONDITIONAL : []), ...COMMON])];
  delete operation[PROBLEMS_EXTENSION];
  const entries = codes.map((code) => {
    const entry = known[code] as ProblemEntry<object> | undefined;
    if (!entry) throw new Error(`${code} is in no catalogue`);
    return { code, ...entry };
  });
  const byStatus = [...Map.groupBy(entries, ({ status }) => status)].map(([status, ofStatus]) => [String(status), problemResponse(ofStatus)] as const);
  const well = Object.entries(operation.responses ?? {}).map(([status, response]) => [status, conditional && status === '200' ? { ...response, headers: { ETag } } : response] as const);
  operation.responses = { ...Object.fromEntries([...well, ...byStatus]), default: { description: 'Problema', content: CONTENT } };
}

const CONTENT = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problema' } } } as const;

function problemResponse(entries: readonly { readonly code: string; readonly title: string; readonly retryAfter: number | undefined }[]): object {
  const later = entries.some(({ retryAfter }) => retryAfter !== undefined);
  return {
    description: entries.map(({ code, title }) => `${title} (${code})`).join('; '),
    ...(later ? { headers: { 'Retry-After': { description: 'Secondi dopo i quali riprovare', schema: { type: 'integer' } } } } : {}),
    content: CONTENT,
  };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => member !== undefined && !isNoBound(name, member))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

/** Zod says of every whole number that JavaScript can hold it. */
const isNoBound = (name: string, member: unknown): boolean => (name === 'maximum' || name === 'minimum') && Math.abs(member as number) === Number.MAX_SAFE_INTEGER;
