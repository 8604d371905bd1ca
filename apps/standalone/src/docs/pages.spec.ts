import { allEvents, archiveStream, defineEvent, registerStream, Sealed } from '@geres/contracts';
import { catalogue, isCaughtUp, problem } from '@geres/kernel';
import { demoToken, seedDemo } from '@geres/identity';
import { seedConnections } from '@geres/anpr';
import { openEmbedded } from '@geres/platform/embedded';
import { keyEncryptionKey, type KeyEncryptionKey } from '@geres/platform/keys';
import { services, standaloneSettings, topicSettings } from '@geres/platform/config';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { catalogues } from './documents.js';
import { eventsPage, kindOf, STREAMS } from './events.js';
import { problemRows, problemsPage } from './problems.js';
import { settingsPage } from './settings.js';

/** `comune-H501` for `comune-{comune}` of an event whose `comune` is `H501`. */
const named = (stream: string, data: object): string => stream.replaceAll(/\{([a-z]+)\}/g, (_, field: string) => String((data as Readonly<Record<string, unknown>>)[field]));

describe('the page of the events', () => {
  const page = eventsPage(allEvents);

  it('has every type and version with its words', () => {
    for (const { type, v, description } of allEvents) expect(page).toContain(`### \`${type}\` v${v}\n\n${description}\n`);
  });

  it('tells what is sealed, what is a tag, what may be missing', () => {
    const enrolled = page.slice(page.indexOf('`identity.user.enrolled` v1'), page.indexOf('`identity.user.changed` v1'));
    expect(enrolled).toContain('| `details` | **sealed** |');
    expect(enrolled).toContain('| `loginTag` | **tag** |');
    expect(page).toMatch(/\| `subject` \| \*\*sealed\*\* \|/);
    expect(page).toMatch(/\| `retryOf`\? \| ULID \|/);
  });

  it('is not made for an event whose stream or field it could not tell', () => {
    expect(() => eventsPage([defineEvent('anpr.other.happened', 1, 'x', {})])).toThrow('anpr.other');
    expect(() => eventsPage([defineEvent('anpr.lookup.other', 1, 'x', { field: z.unknown() })])).toThrow('unknown');
    expect(eventsPage([defineEvent('anpr.lookup.other', 1, 'x', { field: z.array(Sealed).optional() })])).toContain('| `field`? | list of **sealed** |');
  });

  it('names the streams as they are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'geres-docs-'));
    const clock = (): Date => new Date();
    const kek = (): KeyEncryptionKey => keyEncryptionKey(randomBytes(32));
    const embedded = await openEmbedded({ folder, environment: 'test', keyEncryptionKeys: { archive: kek(), connector: kek(), certificates: kek(), admin: kek() }, clock });
    const { store, keys, durable, installation } = embedded;
    const of = { environment: 'test' as const, store, keys: keys.admin, durable, clock, publicUrl: 'http://localhost' };
    const { comuni } = await seedDemo({ ...of, outFolder: join(folder, 'demo') });
    await demoToken(of);
    const connections = comuni.map(({ codiceCatastale, codiceIstat }) => ({ comune: codiceCatastale, senderCode: codiceIstat, operatorCodiceFiscale: 'SNTPTR70A01H501T' }));
    await seedConnections({ store, keys, clock, installation, endpoint: 'http://127.0.0.1:1/', connections });
    const ending = new AbortController();
    const kinds = new Set<string>();
    for await (const item of store.subscribe('start', { signal: ending.signal })) {
      if (isCaughtUp(item)) break;
      const kind = kindOf(item.type);
      kinds.add(kind);
      expect(named(STREAMS[kind]!.stream, item.data)).toBe(item.stream);
    }
    await embedded.close();
    await rm(folder, { recursive: true });
    const rest = Object.keys(STREAMS).filter((kind) => !kinds.has(kind));
    expect(rest).toEqual(['anpr.register', 'anpr.lookup', 'monitoring.archive']);
    for (const kind of ['anpr.register', 'anpr.lookup']) expect(named(STREAMS[kind]!.stream, { comune: 'H501', yyyymmdd: '20261123' })).toBe(registerStream('H501', '2026-11-23'));
    expect(named(STREAMS['monitoring.archive']!.stream, { yyyymm: '202611' })).toBe(archiveStream('202611'));
  });
});

describe('the page of the problems', () => {
  it('has every code of every catalogue, with one meaning', () => {
    const rows = problemRows(catalogues);
    expect(new Set(rows.map(({ code }) => code))).toEqual(new Set(catalogues.flatMap(({ catalogue }) => Object.keys(catalogue))));
    expect(rows).toHaveLength(new Set(rows.map(({ code }) => code)).size);
    const page = problemsPage(catalogues);
    for (const { code, title } of rows) expect(page).toContain(`| \`${code}\` | ${title} |`);
  });

  it('is not made where one code means two things', () => {
    const one = catalogue({ 'periodo-non-valido': problem(400, 'Periodo non valido', 'a') });
    const other = catalogue({ 'periodo-non-valido': problem(422, 'Periodo non valido', 'a') });
    const catalogued = [one, other].map(({ catalogue }, index) => ({ service: `s${index}`, catalogue }));
    expect(() => problemRows(catalogued)).toThrow('periodo-non-valido');
    expect(problemRows([catalogued[0]!, { ...catalogued[0]!, service: 's1' }])).toMatchObject([{ code: 'periodo-non-valido', services: ['s0', 's1'] }]);
  });

  it('has the values of an occurrence by name', () => {
    const fail = catalogue({ prova: problem(409, 'Prova', (p: { comune: string; motivi: readonly string[] }) => `Il Comune ${p.comune}: ${p.motivi.join(', ')}.`) });
    expect(problemRows([{ service: 's', catalogue: fail.catalogue }])[0]?.detail).toBe('Il Comune {comune}: {motivi}.');
  });

  it('uses codes that can be part of a name: letters, digits and hyphens', () => {
    expect(problemRows(catalogues).filter(({ code }) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(code))).toEqual([]);
  });
});

describe('the page of the settings', () => {
  it('has every variable with its default', () => {
    const page = settingsPage(standaloneSettings, services, topicSettings);
    for (const { env, description } of Object.values(services).flatMap((settings) => Object.values(settings))) expect(page.split('\n').some((line) => line.startsWith(`| \`${env}\` |`) && line.endsWith(`| ${description} |`))).toBe(true);
    expect(page).toContain('| `GERES_KEK_ADMIN` |  | admin |');
    for (const { env, description, default: value } of Object.values(standaloneSettings)) expect(page).toContain(`| \`${env}\` | ${value === undefined ? '' : `\`${value}\``} | ${description} |`);
    expect(page).toContain('`GERES_CONFIG`');
  });
});
