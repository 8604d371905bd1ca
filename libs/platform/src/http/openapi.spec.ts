import { catalogue, problem } from '@geres/kernel';
import { Body, Controller, Get, HttpCode, Module, Param, Post, Put } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLog } from '../log/index.js';
import { createMetrics } from '../metrics/index.js';
import { createHttpApp, IfMatch, openApiOf, Problems } from './index.js';

const Domanda = z.strictObject({ servizio: z.enum(['residenza', 'generalita']), giorno: z.iso.date().optional(), anni: z.int().min(1).optional() }).meta({ id: 'Domanda' });
const Esito = z.strictObject({ esito: z.string(), alle: z.iso.datetime() });

@Controller('api/v1/domande')
class DomandeApi {
  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Chiede' })
  @ApiOkResponse({ standardSchema: Esito })
  @Problems('servizio-non-autorizzato', 'quota-superata')
  ask(@Body({ schema: Domanda }) body: z.infer<typeof Domanda>): object {
    return body;
  }

  @Put(':id')
  @ApiOkResponse({ standardSchema: Esito })
  change(@Param('id', { schema: z.ulid() }) id: string, @IfMatch() expected: number | undefined): object {
    return { id, expected };
  }

  @Get(':id')
  one(@Param('id', { schema: z.ulid() }) id: string): object {
    return { id };
  }
}

@Controller('altro')
class AltroApi {
  @Get()
  other(): object {
    return {};
  }
}

@Module({ controllers: [DomandeApi] })
class DomandeModule {}
@Module({ controllers: [AltroApi] })
class AltroModule {}
@Module({ imports: [DomandeModule, AltroModule] })
class Root {}

let app: NestFastifyApplication;
beforeAll(async () => void (app = await createHttpApp(Root, { log: createLog({ level: 'silent' }), metrics: createMetrics() })));
afterAll(() => app.close());

const fail = catalogue({
  'servizio-non-autorizzato': problem(403, 'Servizio non autorizzato', 'No.'),
  'quota-superata': problem(429, 'Quota superata', 'Basta.', { retryAfter: 60 }),
});
const servers = [{ url: 'http://localhost:8080', description: 'Ambiente test' }];
const document = (catalogues = [fail.catalogue]) => JSON.parse(JSON.stringify(openApiOf(app, { title: 'Domande', description: 'Per le applicazioni', include: [DomandeModule], audience: 'urn:geres:api', catalogues, servers })));

describe('the OpenAPI document of a service', () => {
  it('is 3.1, describes the routes of the modules named and no others, and asks for a token', () => {
    const { openapi, paths, security, components } = document();
    expect(openapi).toBe('3.1.0');
    expect(Object.keys(paths)).toEqual(['/api/v1/domande', '/api/v1/domande/{id}']);
    expect(security).toEqual([{ bearer: [] }]);
    expect(components.securitySchemes.bearer.description).toContain('urn:geres:api');
  });

  it('has bodies and answers from the schemas', () => {
    const { paths, components } = document();
    const text = JSON.stringify([paths['/api/v1/domande'].post, components.schemas]);
    expect(text).toContain('"enum":["residenza","generalita"]');
    expect(text).toContain('"format":"date-time"');
  });

  it('says what a route may answer, by status, with the problems of all routes', () => {
    const { paths, components } = document();
    const { responses } = paths['/api/v1/domande'].post;
    expect(Object.keys(responses)).toEqual(['200', '400', '401', '403', '413', '415', '429', '500', '503', 'default']);
    expect(responses['403']).toEqual({ description: 'Servizio non autorizzato (servizio-non-autorizzato)', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problema' } } } });
    expect(responses['429'].description).toBe('Quota superata (quota-superata); Troppe richieste (troppe-richieste)');
    expect(responses['429'].headers).toHaveProperty('Retry-After');
    expect(components.schemas.Problema.required).toContain('correlationId');
    expect(paths['/api/v1/domande/{id}'].get.responses['500'].description).toContain('errore-interno');
    expect(JSON.stringify(paths)).not.toContain('x-problemi');
  });

  it('says of a conditional write its header, its ETag, and what comes of a version that is past', () => {
    const { put, get } = document().paths['/api/v1/domande/{id}'];
    expect(put.parameters).toContainEqual(expect.objectContaining({ in: 'header', name: 'If-Match', required: false }));
    expect(put.responses['200'].headers).toHaveProperty('ETag');
    expect([put.responses['412'].description, put.responses['409'].description]).toEqual([expect.stringContaining('versione-superata'), expect.stringContaining('conflitto')]);
    expect(get.responses).not.toHaveProperty('412');
  });

  it('is not made where a route names a problem that nobody has', () => {
    expect(() => document([])).toThrow('servizio-non-autorizzato');
  });

  it('has the servers, and of a whole number only the bounds that mean something', () => {
    expect(document().servers).toEqual(servers);
    expect(document().info).not.toHaveProperty('contact');
    expect(document().components.schemas.Domanda.properties.anni).toEqual({ type: 'integer', minimum: 1 });
  });

  it('is the same text every time, with sorted members', () => {
    const text = JSON.stringify(document());
    expect(JSON.stringify(document())).toBe(text);
    const { paths } = document();
    expect(Object.keys(paths['/api/v1/domande'].post)).toEqual(Object.keys(paths['/api/v1/domande'].post).sort());
  });
});
