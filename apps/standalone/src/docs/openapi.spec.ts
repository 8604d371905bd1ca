import { LookupRequest, Risposta } from '@geres/contracts';
import { Validator } from '@seriousme/openapi-schema-validator';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Json = Record<string, any>; // eslint-disable-line @typescript-eslint/no-explicit-any -- a document of others' shape, read member by member

const read = (name: string): Json => JSON.parse(readFileSync(new URL(`../../../../docs/openapi/${name}.json`, import.meta.url), 'utf8'));
const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const operations = (document: Json): readonly (readonly [string, Json])[] =>
  Object.entries<Json>(document['paths']).flatMap(([path, item]) => METHODS.flatMap((method) => (item[method] ? [[`${method.toUpperCase()} ${path}`, item[method]] as const] : [])));

describe.each([
  ['gateway', '/api/v1', 'urn:geres:api', 3],
  ['amministrazione', '/amministrazione/v1', 'urn:geres:amministrazione', 30],
  ['monitoraggio', '/monitoraggio/v1', 'urn:geres:monitoraggio', 4],
])('the OpenAPI document of %s', (name, path, audience, atLeast) => {
  const document = read(name);

  it('is valid 3.1', async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toMatchObject({ valid: true });
    expect(validator.version).toBe('3.1');
  });

  it('refers to nothing that is not there', () => {
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(0);
    expect(references.filter((reference) => !reference.startsWith('#/') || reference.slice(2).split('/').reduce<Json | undefined>((at, step) => at?.[step], document) === undefined)).toEqual([]);
  });

  it('describes the routes of the service and no others, each in words, behind a token', () => {
    const all = operations(document);
    expect(all.length).toBeGreaterThanOrEqual(atLeast);
    expect(all.filter(([route]) => !route.split(' ')[1]!.startsWith(`${path}/`))).toEqual([]);
    expect(all.filter(([, { summary, tags }]) => !summary || !tags?.length).map(([route]) => route)).toEqual([]);
    expect(all.filter(([, { security }]) => JSON.stringify(security) !== '[{"bearer":[]}]').map(([route]) => route)).toEqual([]);
    expect(document['components'].securitySchemes.bearer.description).toContain(audience);
    expect(document['servers'].length).toBeGreaterThan(0);
  });

  it('says of every route what it answers, when it goes well and when not', () => {
    const all = operations(document);
    const well = ({ responses }: Json): boolean => Object.entries<Json>(responses).some(([status, { content }]) => /^20[0-9]$/.test(status) && (status === '204' || content?.['application/json']?.schema));
    expect(all.filter(([, operation]) => !well(operation)).map(([route]) => route)).toEqual([]);
    expect(all.filter(([, { responses }]) => ['400', '401', '500'].some((status) => !responses[status]?.content['application/problem+json'])).map(([route]) => route)).toEqual([]);
  });

  it('names every operation once', () => {
    const ids = operations(document).map(([, { operationId }]) => operationId as string);
    expect(ids).toEqual([...new Set(ids)]);
  });
});

describe('the examples for an integrator', () => {
  const { schemas } = read('gateway')['components'];

  it('are a lookup that can be asked and an answer that can be given', () => {
    expect(LookupRequest.parse(schemas.Richiesta.example)).toMatchObject({ servizio: 'residenza' });
    expect(Risposta.parse(schemas.Risposta.example)).toEqual(schemas.Risposta.example);
  });
});
